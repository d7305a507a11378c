"""Reports of organisations: from the button to the file, and what is in it. Rendered, stored and read back."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import page
import pytest
from celery import current_app
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from pypdf import PdfReader

from benchmark.models import Report
from benchmark.services.report_files import report_path, write_report
from benchmark.services.reports import render_report, report_page, request_report
from portal.errors import InvalidInput, NotPossibleNow
from portal.models import AuditEntry, Job, Organisation
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Answer
from tests.sign_in import sign_in
from tests.world import World, build_world, canaries_in

HOSTILE = "<script>alert(1)</script> & \"Co\" <img src='file:///etc/passwd'> \u202e"


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return build_world()


@pytest.fixture(autouse=True)
def _dutch() -> Iterator[None]:
    with translation.override("nl"):
        yield


def ask(world: World, organisation: Organisation, language: str = "nl") -> Job | None:
    """What the button does."""
    person = world.person("coordinator of A" if organisation == world.a else "coordinator of B")
    with participant_scope(organisation.pk, person.pk):
        return request_report(organisation, world.finished, language, by=person)


def run(job: Job | None) -> Job:
    """What the worker does."""
    assert job is not None
    current_app.loader.import_default_modules()
    current_app.tasks[job.task](job.pk)
    with staff_scope():
        job.refresh_from_db()
    return job


def made(world: World, organisation: Organisation, language: str = "nl") -> Report:
    """A report, rendered."""
    assert run(ask(world, organisation, language)).state == Job.State.DONE
    with staff_scope():
        return Report.objects.get(organisation=organisation, language=language)


def text_of(data: bytes) -> str:
    """All text on all pages, with plain spaces."""
    found = "\n".join(one.extract_text() for one in PdfReader(io.BytesIO(data)).pages)
    return re.sub(r"\s+", " ", found.replace("\u00a0", " "))


def signed_in(world: World, role: str) -> Client:
    client = Client()
    sign_in(client, world.person(role))
    return client


def test_a_report_holds_own_values_released_figures_and_reasons(world: World) -> None:
    report = made(world, world.a, "en")
    data = report_path(report.file).read_bytes()
    text = text_of(data)
    assert report.pages == len(PdfReader(io.BytesIO(data)).pages)
    assert "Alfa" in text
    assert "300 s" in text  # own handle time: 15,600,000 / 52,000
    assert "All participants, ratio of sums" in text
    assert "Sector: Public sector" in text
    assert "Too few organisations in this group" in text
    assert "All organisations and figures in this report are invented, for demonstration." in text
    assert re.search(r"page 2 of \d+", text)
    for chapter in ("Contents", "Summary", "All figures at a glance", "Definitions", "Method", "Work"):
        assert chapter in text


def test_a_report_names_no_other_organisation_and_none_of_its_values(world: World) -> None:
    text = text_of(report_path(made(world, world.a).file).read_bytes())
    with staff_scope():
        names = Organisation.objects.exclude(pk=world.a.pk).values_list("name", flat=True)
        assert [name for name in names if name in text] == []
    assert canaries_in(text.encode()) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_report_keeps_the_rules_of_pdf_ua(world: World, language: str) -> None:
    data = report_path(made(world, world.a, language).file).read_bytes()
    found = page.validate_pdf_bytes(data, profile=page.ValidationProfile.PDF_UA_1)
    assert [(one.rule_id, one.message) for one in found.failures] == []
    document = PdfReader(io.BytesIO(data))
    assert document.root_object["/Lang"] == language
    assert document.metadata is not None
    assert "Alfa" in (document.metadata.title or "")
    titles = [str(entry["/Title"]) for entry in document.outline if not isinstance(entry, list)]
    assert len(titles) >= 6


def test_the_same_release_and_answers_give_the_same_bytes(world: World) -> None:
    report = made(world, world.a)
    first = report_path(report.file).read_bytes()
    report_path(report.file).unlink()
    assert run(ask(world, world.a)).state == Job.State.DONE
    assert report_path(report.file).read_bytes() == first


def test_a_report_depends_on_nobody_elses_answers(world: World) -> None:
    """Closure: B changes its answers after the release, and not a letter of A's report changes."""
    report = made(world, world.a)
    with participant_scope(world.a.pk):
        before = report_page(Report.objects.select_related("organisation", "release__round").get(pk=report.pk))
    with staff_scope():
        Answer.objects.filter(organisation=world.b).update(number=1.0, typed="1")
    with participant_scope(world.a.pk):
        after = report_page(Report.objects.select_related("organisation", "release__round").get(pk=report.pk))
    assert after == before


def test_a_hostile_name_is_text(world: World) -> None:
    with staff_scope():
        Organisation.objects.filter(pk=world.a.pk).update(name=HOSTILE)
    report = made(world, world.a)
    assert "<script>alert(1)</script>" in text_of(report_path(report.file).read_bytes())
    answer = signed_in(world, "viewer of A").get(f"/my/reports/{report.pk}/")
    assert answer.status_code == 200
    assert re.fullmatch(r'attachment; filename="[a-z0-9.-]+\.pdf"', answer["Content-Disposition"])


def test_asking_twice_makes_one_report(world: World) -> None:
    first, second = ask(world, world.a), ask(world, world.a)
    assert first is not None
    assert second is not None
    assert first.pk == second.pk
    run(first)
    assert ask(world, world.a) is None
    with staff_scope():
        assert Report.objects.filter(organisation=world.a).count() == 1


def test_a_job_that_runs_again_replaces_nothing_that_is_ready(world: World) -> None:
    report = made(world, world.a)
    changed = report_path(report.file).stat().st_mtime_ns
    assert render_report(report.pk, world.a.pk) is None
    assert report_path(report.file).stat().st_mtime_ns == changed


def test_a_failing_render_marks_the_report_failed_and_the_page_says_so(world: World, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("no folder can be made here")
    assert run(ask(world, world.a)).state == Job.State.FAILED
    with staff_scope():
        assert Report.objects.get(organisation=world.a).state == Report.State.FAILED
    client = signed_in(world, "viewer of A")
    assert "That did not work." in client.get("/en/my/reports/").content.decode()
    (tmp_path / "reports").unlink()
    assert made(world, world.a).state == Report.State.READY


def test_no_report_without_answers_or_for_an_unknown_language(world: World) -> None:
    with participant_scope(world.a.pk), pytest.raises(NotPossibleNow):
        request_report(world.a, world.open, "nl", by=None)
    with participant_scope(world.a.pk), pytest.raises(InvalidInput):
        request_report(world.a, world.finished, "fr", by=None)


def test_from_the_button_to_the_file(world: World) -> None:
    client = signed_in(world, "viewer of A")
    listed = client.get("/en/my/reports/").content.decode()
    assert "Make the report in English" in listed
    answer = client.post("/en/my/reports/create/", {"round": "world-2025", "language": "en"})
    assert re.fullmatch(r"/en/my/jobs/\d+/\?next=%2Fen%2Fmy%2Freports%2F", answer["Location"])
    with staff_scope():
        job = Job.objects.get(task="benchmark.render_report")
    run(job)
    with staff_scope():
        report = Report.objects.get(organisation=world.a)
    assert f"/en/my/reports/{report.pk}/" in client.get("/en/my/reports/").content.decode()
    answer = client.get(f"/en/my/reports/{report.pk}/")
    assert b"".join(answer.streaming_content) == report_path(report.file).read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="world-2025-1-alfa-en.pdf"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Type"] == "application/pdf"
    with staff_scope():
        entry = AuditEntry.objects.get(action="report.downloaded")
        assert (entry.actor, entry.organisation) == (world.person("viewer of A"), world.a)


def test_a_foreign_report_is_as_absent_as_one_that_does_not_exist(world: World) -> None:
    report = made(world, world.b)
    client = signed_in(world, "coordinator of A")
    foreign, absent = (client.get(f"/my/reports/{pk}/") for pk in (report.pk, 999_999))
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.content == absent.content
    with staff_scope():
        assert not AuditEntry.objects.filter(action="report.downloaded").exists()


def test_staff_make_and_download_for_organisations(world: World) -> None:
    client = signed_in(world, "researcher")
    text = client.get("/en/staff/rounds/world-2025/reports/").content.decode()
    assert "Make 18 reports in Dutch" in text
    client.post("/en/staff/rounds/world-2025/reports/create/", {"organisation": "b", "language": "nl"})
    with staff_scope():
        run(Job.objects.get(task="benchmark.render_report"))
        report = Report.objects.get(organisation=world.b)
    assert client.get(f"/en/staff/reports/{report.pk}/").status_code == 200
    client.post("/en/staff/rounds/world-2025/reports/create/", {"language": "nl"})
    with staff_scope():
        assert Job.objects.filter(task="benchmark.render_report", state=Job.State.WAITING).count() == 17
        assert AuditEntry.objects.filter(action="report.downloaded", organisation=world.b).count() == 1


def test_the_command_makes_reports_and_copies_them(world: World, tmp_path: Path) -> None:
    out = io.StringIO()
    arguments = {"organisation": ["a"], "language": "en", "inline": True, "output": tmp_path / "copies"}
    call_command("render_reports", "world-2025", stdout=out, **arguments)
    assert re.search(r"a: \d+ pages, [\d.]+ CPU s in the renderer, \d+ kB", out.getvalue())
    assert (tmp_path / "copies" / "a-en.pdf").read_bytes().startswith(b"%PDF-1.7")


@pytest.mark.parametrize("name", ["reports/../x.pdf", "/etc/passwd", "reports", "other/1/x.pdf"])
def test_a_name_never_leads_out_of_the_folder(settings: Any, tmp_path: Path, name: str) -> None:
    settings.MEDIA_ROOT = tmp_path
    with pytest.raises(ValueError):
        report_path(name)


def test_a_file_is_there_whole_or_not_at_all(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    write_report("reports/1/x.pdf", b"first")
    write_report("reports/1/x.pdf", b"second")
    assert [path.name for path in (tmp_path / "reports" / "1").iterdir()] == ["x.pdf"]
    assert (tmp_path / "reports" / "1" / "x.pdf").read_bytes() == b"second"
