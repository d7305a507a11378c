"""The portal app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Organisations, people, tenancy, jobs, audit, the shell of every page."""

    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        """Make our Celery app the current one, register system checks, and hear of changed passwords and factors."""
        from portal import celery, checks  # noqa: F401  both register on import
        from portal.services import factors

        factors.connect()
