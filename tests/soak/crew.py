"""A worker that is started again when it was killed, as systemd or the supervisor does, and a clock."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.soak.counting import becomes
from tests.soak.place import Program, SoakPlace

WORKER_SECONDS = 60  # until somebody else has taken over and finished
SERVER_SECONDS = 30  # until all goes on after PostgreSQL or the broker came back


class Crew:
    """Worker and beat; `changes` of their environment."""

    def __init__(self, place: SoakPlace, **changes: str) -> None:
        self.place, self.changes = place, changes
        self.worker = self.start()
        self.beat = self.place.start("beat", **changes)

    def start(self) -> Program:
        """Another worker."""
        return self.place.start("worker", **self.changes)

    def kill(self, who: str) -> None:
        """-9 to the worker's `child`, or to its `main` process and all."""
        if who == "main":
            self.worker.kill()
            self.worker = self.start()
        else:
            becomes(self.children, 30)
            self.worker.kill_child()

    def children(self) -> list[int]:
        """The worker's children, of another worker when it ended by itself."""
        self.watch()
        return self.worker.children()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody works inside the block."""
        becomes(self.worker.children, 30)
        os.killpg(self.worker.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.worker.process.pid, signal.SIGCONT)

    def watch(self) -> None:
        """Start again what ended, as a supervisor does."""
        if self.worker.process.poll() is not None:
            self.worker = self.start()
        if self.beat.process.poll() is not None:
            self.beat = self.place.start("beat", **self.changes)

    def stop(self) -> None:
        """The end."""
        for program in (self.worker, self.beat):
            program.stop()
