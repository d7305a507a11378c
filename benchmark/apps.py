"""The benchmark app."""

from django.apps import AppConfig


class BenchmarkConfig(AppConfig):
    """See docs/ARCHITECTURE.md."""

    name = "benchmark"

    def ready(self) -> None:
        """Review and publication are steps of a round that belong to this app."""
        from benchmark.services.releasing import publish_release, review_release
        from surveys.rounds import register_step

        register_step("review", review_release)
        register_step("publish", publish_release)
