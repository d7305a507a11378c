"""The surveys app."""

from django.apps import AppConfig


class SurveysConfig(AppConfig):
    """See docs/ARCHITECTURE.md."""

    name = "surveys"

    def ready(self) -> None:
        """Starting a correction takes over what waits for the next edition."""
        from surveys.rounds import register_step
        from surveys.services.corrections import start_correction

        register_step("correct", start_correction)
