"""The benchmark app."""

from django.apps import AppConfig
from django.conf import settings


class BenchmarkConfig(AppConfig):
    """See docs/ARCHITECTURE.md."""

    name = "benchmark"

    def ready(self) -> None:
        """Review and publication are steps of a round that belong to this app; so are the demonstration's people."""
        from benchmark.services.indicators import inputs_missed
        from benchmark.services.releasing import publish_release, review_release
        from portal.context import DEMO_CODES, DEMO_LOGINS
        from surveys.readers import register_reader
        from surveys.rounds import register_step

        register_reader("indicators", inputs_missed)
        register_step("review", review_release)
        register_step("publish", publish_release)
        if settings.DEMO_MODE:
            from benchmark.demo.people import PASSWORD, PEOPLE, code_now

            DEMO_CODES[:] = [code_now]
            DEMO_LOGINS[:] = [(person.label, person.email, PASSWORD) for person in PEOPLE]
