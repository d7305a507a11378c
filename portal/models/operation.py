"""What keeps the portal running: the clock's ticks, which also tell whether clock, broker and workers are alive."""

from django.db import models

from portal.tenancy import Tenancy

HEARTBEAT = "portal.requeue_expired_jobs"  # the tick by which one sees that clock, broker and workers are alive


class Tick(models.Model):
    """A periodic task: when its message was last sent and last taken up by a worker, by the database's clock."""

    tenancy = Tenancy.PLATFORM

    name = models.CharField(max_length=100, unique=True)
    sent_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    measures = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name
