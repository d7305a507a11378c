"""Beat's scheduler: it asks the database before each tick, so that ticks neither pile up nor depend on a host's clock.

Two of them may run at once (a spare on another machine): the second finds the tick sent.
"""

import logging
from datetime import timedelta
from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from django.db import InterfaceError, OperationalError, connection

from portal.services.ticks import tick_is_wanted

log = logging.getLogger(__name__)


class TickScheduler(Scheduler):
    """Celery's scheduler in memory; the database knows which ticks are on their way."""

    def setup_schedule(self) -> None:
        """Everything is due when the clock starts; the database knows what was sent before it stopped."""
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.last_run_at -= timedelta(days=400)

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send the entry's message when the last one was taken up or is lost."""
        if _wanted(entry):
            super().apply_entry(entry, producer)


def _wanted(entry: ScheduleEntry) -> bool:
    """What the database says; a connection that it has dropped meanwhile is made anew, once."""
    for attempt in (1, 2):
        try:
            return tick_is_wanted(entry.task, entry.schedule.run_every)
        except (OperationalError, InterfaceError):
            connection.close()
            if attempt == 2:
                log.warning("the database did not answer; no tick of %s", entry.task)
    return False
