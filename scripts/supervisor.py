"""Runs a few processes side by side: restarts what falls over, stops all in an orderly way, leaves nothing behind.

Each process leads a group of its own. On Linux the kernel tells it to stop when the supervisor dies, kill -9 included;
whatever is left after that is found in a file and ended at the next start.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from scripts.machine import PROJECT, say

GRACE_SECONDS = 10.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process to keep running."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    falls: int = 0
    start_again_at: float = 0.0


@dataclass
class Supervisor:
    """Keeps children running until `stop`; logs and the list of processes lie in `home`."""

    home: Path
    environment: dict[str, str]
    children: list[Child] = field(default_factory=list)
    grace: float = GRACE_SECONDS

    def start(self, children: list[Child]) -> None:
        """Start them all, after ending what a killed supervisor may have left."""
        self.end_leftovers()
        (self.home / "logs").mkdir(parents=True, exist_ok=True)
        self.children = children
        for child in children:
            log = self.log_path(child)
            if log.exists():
                log.replace(log.with_suffix(".previous.log"))
            self._start(child)

    def log_path(self, child: Child) -> Path:
        """Where the child's output goes."""
        return self.home / "logs" / f"{child.name}.log"

    def _start(self, child: Child) -> None:
        with self.log_path(child).open("ab") as log:
            child.process = self._spawn(child.command, log)
        child.started_at = time.monotonic()
        self._note_processes()

    def _spawn(self, command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=PROJECT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_stop_when_the_parent_dies if sys.platform == "linux" else None,
        )

    def watch(self) -> None:
        """One look at every child: start again what ended, later each time."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.start_again_at:
                    self._start(child)
            elif child.process.poll() is not None:
                self._fell(child, now)

    def _fell(self, child: Child, now: float) -> None:
        assert child.process is not None  # noqa: S101  for the type checker; the caller looked
        child.falls = 1 if now - child.started_at > STEADY_SECONDS else child.falls + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (child.falls - 1))
        code = child.process.returncode
        say(f"{child.name} ended ({code}); starting it again in {pause:.0f} s; see {self.log_path(child)}")
        if child.falls == 3:
            say(self.log_tail(child))
        kill_group(child.process.pid, signal.SIGKILL)  # its own children, if any are left
        child.process = None
        child.start_again_at = now + pause

    def log_tail(self, child: Child) -> str:
        """The last lines that the child wrote."""
        try:
            text = self.log_path(child).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(f"    {line}" for line in text.splitlines()[-15:])

    def stop(self) -> None:
        """Ask all to stop, in reverse order of starting; after a grace period end them."""
        running = [child.process for child in reversed(self.children) if child.process is not None]
        for process in running:
            kill_group(process.pid, signal.SIGTERM, leader_only=True)
        deadline = time.monotonic() + self.grace
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            kill_group(process.pid, signal.SIGKILL)
            process.wait()
        self.children = []
        (self.home / "processes.json").unlink(missing_ok=True)

    def _note_processes(self) -> None:
        """Remember process numbers with their start times, so that a recycled number is not mistaken for ours."""
        processes = [child.process.pid for child in self.children if child.process is not None]
        path = self.home / "processes.json"
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps({str(pid): start_time(pid) for pid in processes}), encoding="ascii")
        unfinished.replace(path)

    def end_leftovers(self) -> None:
        """End the processes that a supervisor killed with -9 could not take along."""
        path = self.home / "processes.json"
        try:
            noted = json.loads(path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return
        ours = [int(pid) for pid, started in noted.items() if started and start_time(int(pid)) == started]
        for pid in ours:
            kill_group(pid, signal.SIGTERM, leader_only=True)
        deadline = time.monotonic() + 5.0
        while time.monotonic() < deadline and any(start_time(pid) for pid in ours):
            time.sleep(0.1)
        # A leader may be gone while its group lives on; the group keeps the leader's number from being used again.
        for pid in (int(pid) for pid in noted):
            if pid in ours or group_is_orphaned(pid):
                kill_group(pid, signal.SIGKILL)
        path.unlink(missing_ok=True)


def _stop_when_the_parent_dies() -> None:
    """In the child, before it becomes its program: ask the kernel for SIGTERM when the supervisor ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:
        os.kill(os.getpid(), signal.SIGTERM)  # it ended before we asked


def kill_group(pid: int, number: signal.Signals, *, leader_only: bool = False) -> None:
    """Send a signal to a process group, or to its leader, who passes it on in its own way."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if leader_only:
            os.kill(pid, number)
        else:
            os.killpg(pid, number)


def start_time(pid: int) -> str:
    """When the process started, in the kernel's ticks; empty when it doesn't run or nobody can tell."""
    fields = stat_fields(pid)
    return "" if not fields or fields[0] in ("Z", "X") else fields[19]


def group_is_orphaned(group: int) -> bool:
    """Whether processes of this group live on although its leader is gone, running from this project."""
    if start_time(group):
        return False
    for entry in Path("/proc").iterdir() if Path("/proc/self").exists() else ():
        if entry.name.isdigit() and (fields := stat_fields(int(entry.name))) and fields[2] == str(group):
            with contextlib.suppress(OSError):
                return (entry / "cwd").resolve() == PROJECT
    return False


def stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []
