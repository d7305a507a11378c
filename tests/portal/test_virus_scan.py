"""The virus scanner: a real ClamAV daemon where there is one, with a signature of our own; and one that misbehaves."""

import io
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from portal.errors import NotPossibleNow
from portal.models import AuditEntry
from portal.models.operation import HEARTBEAT
from portal.roles import FoundationRole
from portal.services import virus_scan
from portal.services.people import create_user
from portal.services.ticks import take_tick, tick_is_wanted
from portal.services.virus_scan import NotScanned, refuse_infected, scanner_answers, virus_in
from portal.tenancy import staff_scope
from tests.sign_in import sign_in
from tests.surveys.answering_case import Case, build_case
from tests.surveys.test_answering_files import text_of, upload

MARKER = b"A text that only the signature below takes for malicious software."
SIGNATURE = f"Portal.Test.Marker:0:*:{MARKER.hex()}\n"


def workbook(text: bytes) -> bytes:
    """A zip with this text, compressed, deep inside."""
    inner, outer = io.BytesIO(), io.BytesIO()
    for made, name, body in ((inner, "xl/sharedStrings.xml", text * 3), (outer, "embedded.xlsx", None)):
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(name, body if body is not None else inner.getvalue())
    return outer.getvalue()


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a ClamAV daemon that knows one signature."""
    program = os.environ.get("CLAMD") or shutil.which("clamd")
    if program is None:
        pytest.skip("no clamd here: apt-get install clamav-daemon, or name it in CLAMD")
    home = tmp_path_factory.mktemp("clamd")
    (home / "signatures").mkdir()
    (home / "signatures" / "portal.ndb").write_text(SIGNATURE, encoding="ascii")
    lines = (
        f"LocalSocket {home}/socket\nDatabaseDirectory {home}/signatures\nTemporaryDirectory {home}\nForeground yes\n"
    )
    (home / "clamd.conf").write_text(lines + "StreamMaxLength 1M\n", encoding="ascii")
    with (home / "log").open("wb") as log:
        daemon = subprocess.Popen([program, "-c", str(home / "clamd.conf")], stdout=log, stderr=log)
    try:
        started = time.monotonic()
        while not (home / "socket").exists():
            assert daemon.poll() is None, (home / "log").read_text()
            assert time.monotonic() - started < 30, (home / "log").read_text()
            time.sleep(0.1)
        yield f"unix:{home}/socket"
    finally:
        daemon.terminate()
        daemon.wait(20)


@contextmanager
def scanner(answer: bytes | None) -> Iterator[str]:
    """The address of somebody who reads a little, says this and hangs up; `None`: never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def serve() -> None:
            with server.accept()[0] as client:
                client.recv(10)
                if answer is None:
                    over.wait(10)
                else:
                    client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"tcp:127.0.0.1:{server.getsockname()[1]}"
        over.set()
        thread.join()


def test_a_real_scanner_finds_what_lies_deep_inside(clamd: str) -> None:
    assert virus_in(workbook(b"An ordinary text."), clamd) == ""
    assert virus_in(MARKER, clamd) == "Portal.Test.Marker.UNOFFICIAL"
    assert virus_in(workbook(MARKER), clamd) == "Portal.Test.Marker.UNOFFICIAL"
    assert virus_in(b"", clamd) == ""


def test_a_real_scanner_that_will_not_look_at_so_much_lets_nothing_pass(clamd: str) -> None:
    with pytest.raises(NotScanned, match=r"size limit exceeded|Broken|reset"):
        virus_in(os.urandom(3_000_000), clamd)


@pytest.mark.parametrize(
    "answer", [b"", b"stream: INSTREAM size limit exceeded. ERROR\0", b"what?\0", b"stream: OK at least"]
)
def test_whatever_is_no_verdict_is_no_clean_file(answer: bytes) -> None:
    with scanner(answer) as address, pytest.raises(NotScanned):
        virus_in(b"x" * 5_000_000, address)


def test_a_silent_scanner_and_none_at_all_let_nothing_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(virus_scan, "SECONDS", 0.2)
    with scanner(None) as address, pytest.raises(NotScanned, match=r"[Tt]ime"):
        virus_in(b"x", address)
    for nowhere in (f"unix:{tmp_path}/none", "tcp:127.0.0.1:1"):
        with pytest.raises(NotScanned):
            virus_in(b"x", nowhere)


def test_without_a_scanner_every_file_passes() -> None:
    refuse_infected(MARKER, by=None)


@pytest.fixture
def case(db: None) -> Case:
    return build_case()


def test_an_infected_file_is_refused_with_its_name_and_told_in_the_trail(case: Case, clamd: str, settings: Any) -> None:
    settings.CLAMD_ADDRESS = clamd
    page = upload(case, workbook(MARKER))
    assert page.status_code == 422
    assert "malicious software in this file (Portal.Test.Marker.UNOFFICIAL)" in text_of(page)
    with staff_scope():
        (entry,) = AuditEntry.objects.filter(action="file.infected")
    assert (entry.organisation_id, entry.actor_id) == (case.mine.pk, case.people["coordinator"].pk)
    assert entry.detail == {"virus": "Portal.Test.Marker.UNOFFICIAL"}
    assert "not a workbook" in text_of(upload(case, b"a clean file")), "what is clean is read as ever"


def test_nothing_is_taken_while_the_scanner_is_away(case: Case, settings: Any, tmp_path: Path) -> None:
    settings.CLAMD_ADDRESS = f"unix:{tmp_path}/none"
    page = upload(case, b"a clean file")
    assert page.status_code == 422
    assert "cannot be checked for malicious software now" in text_of(page)
    with staff_scope(), pytest.raises(NotPossibleNow):
        refuse_infected(b"x", by=None)


def test_staff_files_are_scanned_too(case: Case, clamd: str, settings: Any) -> None:
    settings.CLAMD_ADDRESS = clamd
    with staff_scope():
        researcher = create_user(
            email="r@x.example", name="R", by=None, foundation_role=FoundationRole.RESEARCHER, language="en"
        )
    client = Client()
    sign_in(client, researcher)
    file = SimpleUploadedFile("draft.yaml", MARKER)
    page = client.post(reverse("staff_draft_start"), {"file": file}, follow=True).content.decode()
    assert "malicious software in this file (Portal.Test.Marker.UNOFFICIAL)" in page


def test_the_health_pages_tell_whether_a_scanner_that_is_to_be_there_answers(
    db: None, client: Client, clamd: str, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No reason to send people away, who can type answers all the same; reason for an alarm."""
    assert "scanner" not in client.get("/health/ready").json(), "nobody asked for one"
    tick_is_wanted(HEARTBEAT, timedelta(seconds=5))
    take_tick(HEARTBEAT)
    for address, word in ((clamd, "answers"), (f"unix:{tmp_path}/none", "away"), ("tcp:127.0.0.1:1", "away")):
        settings.CLAMD_ADDRESS = address
        response = client.get("/health/ready")
        assert (response.status_code, response.json()["scanner"]) == (200, word)
        if word == "answers":
            call_command("health")
        else:
            with pytest.raises(SystemExit):
                call_command("health")
        said = capsys.readouterr().out
        assert re.search(rf"virus scanner +{'ok' if word == 'answers' else 'FAILED'}\n", said)


def test_whatever_answers_something_else_is_no_scanner(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virus_scan, "PROBE_SECONDS", 0.2)
    for answer in (b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", None):
        with scanner(answer) as settings.CLAMD_ADDRESS:
            assert scanner_answers() is False


def test_a_silent_scanner_holds_up_one_who_asks_and_nobody_else(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known is told for ten seconds, and while somebody else is asking."""
    monkeypatch.setattr(virus_scan, "PROBE_SECONDS", 1.0)
    with scanner(b"PONG\0") as settings.CLAMD_ADDRESS:
        address = settings.CLAMD_ADDRESS
        assert scanner_answers() is True
    assert scanner_answers() is True, "asked a moment ago"
    with socket.create_server(("127.0.0.1", int(address.rpartition(":")[2]))):  # takes calls and says nothing
        monkeypatch.setattr(virus_scan, "KEPT_SECONDS", 0.0)
        asking = threading.Thread(target=scanner_answers)
        asking.start()
        time.sleep(0.2)
        started = time.monotonic()
        assert scanner_answers() is True
        assert time.monotonic() - started < 0.2
        asking.join()
    monkeypatch.setattr(virus_scan, "KEPT_SECONDS", 60.0)
    assert scanner_answers() is False
