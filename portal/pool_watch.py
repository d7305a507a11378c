"""A worker whose children have all stopped reading ends itself, so that whoever runs it starts it again.

With a broker that is polled (PostgreSQL), Celery's children share one pipe and a lock around it. The child that waits
for work holds the lock; killed by the kernel at that moment (memory) it leaves it locked for ever: the next child never
gets any work, and nothing says so. Nobody can tell such a lock from one that is held by a child that lives, but work
that no child takes while a child is free can only mean this.

Ending loses nothing: messages come back, jobs have leases (docs/adr/0002).
"""

import logging
import os
import signal
import threading
import time
from typing import Any

from celery import bootsteps

log = logging.getLogger(__name__)
EVERY_SECONDS = 1.0
STUCK_SECONDS = 10.0  # a child that was started just now takes a second or two, more on a busy machine
ENDED = 70  # EX_SOFTWARE


def passed_over(pool: Any) -> set[int]:
    """Work that was handed out and that nobody took, while fewer children work than there are (a billiard pool)."""
    under_way = {number: job for number, job in list(pool._cache.items()) if not job.ready()}
    waiting = {number for number, job in under_way.items() if not job.accepted()}
    return waiting if len(under_way) - len(waiting) < len(pool._pool) else set()


class Patience:
    """How long the same piece of work has been passed over at every look.

    Each piece for itself: on a busy worker something was always handed out a moment ago, and is no sign of anything.
    """

    def __init__(self) -> None:
        self.since: dict[int, float] = {}

    def is_over(self, pool: Any, now: float) -> bool:
        """Look; whether one piece waits for longer than a living child would leave it (`now`: monotonic seconds)."""
        self.since = {number: self.since.get(number, now) for number in passed_over(pool)}
        return any(now - begun > STUCK_SECONDS for begun in self.since.values())


class PoolWatch(bootsteps.StartStopStep):
    """Looks each second, in a thread of the worker's main process."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        self.over = threading.Event()
        super().__init__(worker, **kwargs)

    def include_if(self, worker: Any) -> bool:
        """Only where children share a pipe: with Redis and RabbitMQ each has its own."""
        return not worker.use_eventloop

    def start(self, worker: Any) -> None:
        """Begin to look."""
        threading.Thread(target=self._look, args=(worker,), daemon=True, name="pool-watch").start()

    def stop(self, worker: Any) -> None:
        """The worker ends in the usual way."""
        self.over.set()

    terminate = stop

    def _look(self, worker: Any) -> None:
        patience = Patience()
        while not self.over.wait(EVERY_SECONDS):
            pool = getattr(worker.pool, "_pool", None)
            if pool is not None and patience.is_over(pool, time.monotonic()):
                log.critical("no child takes the work that waits: the worker ends, to be started again")
                for child in list(pool._pool):
                    os.kill(child.pid, signal.SIGKILL)
                os._exit(ENDED)
