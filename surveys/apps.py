"""The surveys app."""

from django.apps import AppConfig


class SurveysConfig(AppConfig):
    """See docs/ARCHITECTURE.md."""

    name = "surveys"
