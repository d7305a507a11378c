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


def is_stuck(pool: Any) -> bool:
    """Whether work was handed out that nobody took, while fewer children work than there are (a billiard pool)."""
    under_way = [job for job in list(pool._cache.values()) if not job.ready()]
    taken = sum(job.accepted() for job in under_way)
    return taken < len(under_way) and taken < len(pool._pool)


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
        since = None
        while not self.over.wait(EVERY_SECONDS):
            pool = getattr(worker.pool, "_pool", None)
            if pool is None or not is_stuck(pool):
                since = None
                continue
            since = since or time.monotonic()
            if time.monotonic() - since > STUCK_SECONDS:
                log.critical("no child takes the work that waits: the worker ends, to be started again")
                for child in list(pool._pool):
                    os.kill(child.pid, signal.SIGKILL)
                os._exit(ENDED)
