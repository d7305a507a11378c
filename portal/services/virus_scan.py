"""Uploaded files are shown to a virus scanner before anything reads them, where the operator set one (CLAMD_ADDRESS).

Spoken is the INSTREAM command of ClamAV's daemon, which is three lines long: the command, the bytes in pieces
with their length before each, a length of nought; one line comes back. Of its clients on the registry (looked at on
2026-11-22) one is of 2014, one speaks TCP with asyncio only, and the one that is kept well has the GPL as its licence.

A file that cannot be scanned is refused as one that is infected is: otherwise whoever stops the scanner gets in.
"""

import logging
import socket
import struct
import threading
import time

from django.conf import settings
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import Organisation, User
from portal.services.audit import record

log = logging.getLogger(__name__)
SECONDS = 20
PIECE = 64 * 1024
LONGEST_ANSWER = 4096
PROBE_SECONDS = 2  # a probe holds up the load balancer's question
KEPT_SECONDS = 10.0  # whoever asks for the health pages does not make us ask the scanner each time


class NotScanned(RuntimeError):
    """The scanner is away, silent, or says that it cannot scan this."""


def refuse_infected(data: bytes, *, by: User | None, organisation: Organisation | None = None) -> None:
    """Let the file pass, or raise: InvalidInput when it is infected, which the audit trail tells; NotPossibleNow when
    nobody can say. Without a scanner every file passes.
    """
    if not settings.CLAMD_ADDRESS:
        return
    try:
        found = virus_in(data, settings.CLAMD_ADDRESS)
    except NotScanned as error:
        log.error("a file could not be scanned: %s", error)
        raise NotPossibleNow(
            _("Files cannot be checked for malicious software now, so none is taken. Try again later.")
        ) from error
    if found:
        record("file.infected", subject="upload", by=by, organisation=organisation, virus=found)
        raise InvalidInput(
            _("The virus scanner found malicious software in this file (%(name)s). Nothing of it was kept.")
            % {"name": found}
        )


def virus_in(data: bytes, address: str) -> str:
    """The name of what the scanner found, or nothing. Raises NotScanned."""
    try:
        with _connection(address, SECONDS) as scanner:
            answer = _ask(scanner, data)
    except OSError as error:
        raise NotScanned(f"{type(error).__name__}: {error}") from error
    verdict = answer.partition(": ")[2]
    if verdict == "OK":
        return ""
    if verdict.endswith(" FOUND"):
        return verdict.removesuffix(" FOUND")
    raise NotScanned(f"it answered {answer!r}")


def scanner_answers() -> bool | None:
    """Whether the scanner is there, at most ten seconds ago; None where the operator set none.

    One thread at a time asks. The others say what was known before, so that a silent scanner holds up one of them.
    """
    address: str = settings.CLAMD_ADDRESS
    if not address:
        return None
    known = _probed.get(address)
    fresh = known is not None and time.monotonic() - known[0] < KEPT_SECONDS
    if not fresh and _probing.acquire(blocking=known is None):
        try:
            _probed[address] = (time.monotonic(), _is_there(address))
        finally:
            _probing.release()
    return _probed[address][1]


_probed: dict[str, tuple[float, bool]] = {}  # address → when this process asked, and whether it answered
_probing = threading.Lock()


def _is_there(address: str) -> bool:
    """Whether a scanner says that it is ready: its daemon listens once it has read its signatures."""
    try:
        with _connection(address, PROBE_SECONDS) as scanner:
            scanner.sendall(b"zPING\0")
            return _line(scanner) == "PONG"
    except OSError:
        return False


def _connection(address: str, seconds: float) -> socket.socket:
    kind, _colon, place = address.partition(":")
    if kind == "tcp":
        host, _colon, port = place.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(seconds)
    try:
        made.connect(place)
    except OSError:
        made.close()
        raise
    return made


def _ask(scanner: socket.socket, data: bytes) -> str:
    """Send the file; the one line that comes back. A scanner that has enough may answer and close before the end."""
    try:
        scanner.sendall(b"zINSTREAM\0")
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            scanner.sendall(struct.pack("!L", len(piece)) + piece)
        scanner.sendall(struct.pack("!L", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # what it answered says why
    return _line(scanner)


def _line(scanner: socket.socket) -> str:
    """What it says until its closing zero, or until it hangs up."""
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        more = scanner.recv(LONGEST_ANSWER)
        if not more:
            break
        answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()
