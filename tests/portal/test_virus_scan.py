"""The virus scanner: a real ClamAV daemon where there is one, with a signature of our own; and one that misbehaves."""

import io
import os
import shutil
import socket
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.errors import NotPossibleNow
from portal.models import AuditEntry
from portal.roles import FoundationRole
from portal.services import virus_scan
from portal.services.people import create_user
from portal.services.virus_scan import NotScanned, refuse_infected, virus_in
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
