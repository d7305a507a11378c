"""A disk that is full: nothing half written, nothing lost, and it goes on as soon as there is room."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from benchmark.models import Report
from benchmark.services.report_files import report_path, write_report
from benchmark.services.reports import render_report, request_report
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Answer
from tests.sign_in import sign_in
from tests.soak.conftest import Soak

pytestmark = pytest.mark.slow


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 64 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    made = subprocess.run(command, capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_disk_is_full_while_a_file_is_written(soak: Soak, small_disk: Path, settings: Any) -> None:
    """The file that is there stays as it is; of the new one nothing is left."""
    elsewhere, settings.MEDIA_ROOT = settings.MEDIA_ROOT, small_disk
    write_report("reports/1/one.pdf", b"first")
    with pytest.raises(OSError, match="No space left"):
        write_report("reports/1/one.pdf", b"x" * 100_000)
    assert report_path("reports/1/one.pdf").read_bytes() == b"first"
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == ["one.pdf"]
    settings.MEDIA_ROOT = elsewhere


def test_disk_is_full_while_a_report_is_written(soak: Soak, small_disk: Path, settings: Any) -> None:
    world, elsewhere = soak.world, settings.MEDIA_ROOT
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 40_000)
    with participant_scope(world.b.pk):
        request_report(world.b, world.finished, "en", by=None, in_line=False)
        report = Report.objects.get(organisation=world.b, language="en")
    settings.MEDIA_ROOT = small_disk
    with pytest.raises(OSError, match="No space left"):
        render_report(report.pk, world.b.pk)
    with staff_scope():
        assert Report.objects.get(pk=report.pk).state == Report.State.WAITING
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == ["filler"]
    settings.MEDIA_ROOT = elsewhere
    render_report(report.pk, world.b.pk)
    with staff_scope():
        assert Report.objects.get(pk=report.pk).state == Report.State.READY
    assert report_path(report.file).read_bytes().startswith(b"%PDF")


def test_disk_is_full_while_a_file_is_uploaded(soak: Soak, small_disk: Path, settings: Any) -> None:
    """The page says that nothing was saved and that it is worth trying again: no mistake of ours, no half upload."""
    settings.FILE_UPLOAD_TEMP_DIR = str(small_disk)
    client = Client(raise_request_exception=False)
    sign_in(client, soak.world.person("coordinator of A"))
    with staff_scope():
        before = Answer.objects.count()
    page = reverse("my_files", args=[soak.world.open.code])
    file = SimpleUploadedFile("answers.xlsx", b"x" * 4_000_000)
    response = client.post(page, {"kind": "workbook", "file": file})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    with staff_scope():
        assert Answer.objects.count() == before
    assert [path for path in small_disk.rglob("*") if path.is_file()] == []
    settings.FILE_UPLOAD_TEMP_DIR = None
    file.seek(0)
    assert (
        client.post(page, {"kind": "workbook", "file": file}).status_code == 422
    )  # read, and told that it is no workbook
