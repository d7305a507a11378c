"""A PDF report for one organisation from one published release, made once per language.

    job = request_report(organisation, release_id, "nl", by=user)        # None when it is there already
    render_report(report_id, organisation_id)                            # what the worker does

A report is a function of published releases and the organisation's own answers (closure): it is rendered inside the
participant's scope, which sees nothing else.
"""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from benchmark.models import Release, Report
from benchmark.reports.pdf import Pdf, render_pdf
from benchmark.reports.pdf_page import report_html
from benchmark.reports.viewmodels_build import participant_result
from benchmark.selectors.own_values import own_values, rounds_taken_part
from benchmark.selectors.releases import ReleaseView, published_release, published_rounds
from benchmark.services.report_files import has_report, new_report_name, read_report, write_report
from benchmark.stats.disclosure.policy import Policy
from portal.errors import InvalidInput, NotPossibleNow
from portal.models import Job, Organisation, User
from portal.services.audit import record
from portal.services.jobs import start_job
from portal.tenancy import participant_scope, worker_scope
from surveys.models import Round
from surveys.selectors.answers import dimensions_in

TASK = "benchmark.render_report"
LANGUAGES = ("nl", "en")


@dataclass(frozen=True)
class Rendered:
    """What rendering gave: the bytes with their number of pages and cost, and the report that they belong to."""

    report: Report
    pdf: Pdf


@transaction.atomic
def request_report(
    organisation: Organisation, round_: Round, language: str, *, by: User | None, in_line: bool = True
) -> Job | None:
    """Have the report of the round's newest published edition made; None when it is there already.

    Runs in the participant's or the staff's scope. While it is being made the same job is returned. `in_line=False`
    only notes the request, for a caller that renders it itself (then None as well). Raises
    InvalidInput for an unknown language, NotPossibleNow without published results or without submitted answers.
    """
    if language not in LANGUAGES:
        raise InvalidInput(_("A report is made in Dutch or in English."))
    view = published_release(round_.code)
    if view is None:
        raise NotPossibleNow(_("This round has no published results yet."))
    if not rounds_taken_part(organisation, [round_]):
        raise NotPossibleNow(_("A report can be made for organisations that submitted answers to this round."))
    report = _report_row(organisation, view, language)
    if report.state == Report.State.READY and has_report(report.file):
        return None
    Report.objects.filter(pk=report.pk).update(state=Report.State.WAITING)
    record("report.requested", subject=report, by=by, organisation=organisation, round=round_.code, language=language)
    if not in_line:
        return None
    return start_job(
        TASK,
        key=f"report-{report.pk}",
        title=_("Report “%(round)s” in %(language)s") % {"round": round_.title, "language": language_name(language)},
        by=by,
        arguments={"report": report.pk, "organisation": organisation.pk},
        organisation=organisation,
    )


def language_name(language: str) -> str:
    """The language in words, in the reader's language."""
    return {"nl": _("Dutch"), "en": _("English")}[language]


def render_report(
    report_id: int,
    organisation_id: int,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    finishing: Callable[[], AbstractContextManager[Any]] = worker_scope,
) -> Rendered | None:
    """Make the file of a report and mark it ready; None when it is there already. Raises RenderingFailed.

    The file lies under the name that the row has had from the start, so a worker that takes over replaces it.
    """
    with participant_scope(organisation_id):
        report = Report.objects.select_related("organisation", "release__round").get(pk=report_id)
        done = report.state == Report.State.READY and has_report(report.file)
        html = "" if done else report_page(report)
    if done:
        with finishing():
            return None
    progress(1, 3)
    pdf = render_pdf(html, identifier=f"{report.release.content_hash[:24]}-{report.language}")
    progress(2, 3)
    write_report(report.file, pdf.data)
    with finishing():
        _mark_ready(report, pdf)
    return Rendered(report, pdf)


def report_page(report: Report) -> str:
    """The HTML of a report; needs the participant's scope of its organisation."""
    organisation, round_ = report.organisation, report.release.round
    view = published_release(round_.code, report.release.edition)
    if view is None:
        raise NotPossibleNow(_("This round has no published results yet."))
    history = _earlier_releases(view)
    taken_part = rounds_taken_part(organisation, [one.round for one in history])
    past = {
        one.round.code: own_values(organisation, one.round, one.indicators)
        for one in history
        if one.round.pk in taken_part
    }
    with translation.override(report.language):
        result = participant_result(
            view,
            own_values(organisation, view.round, view.indicators, computed_at=view.computed_at),
            dimensions_in(organisation, view.round),
            report.language,
            history=history,
            own_history=past,
        )
        return report_html(
            result, organisation=organisation.name, policy=policy_of(view), published_at=_published_at(view)
        )


def policy_of(view: ReleaseView) -> Policy:
    """The policy under which a release was protected, as the release tells it: for printing."""
    return Policy.from_public(view.manifest.get("policy", {}))


def mark_failed(report_id: int) -> None:
    """Record that the report could not be made; a report that is there stays."""
    with worker_scope():
        Report.objects.filter(pk=report_id, state=Report.State.WAITING).update(state=Report.State.FAILED)


@transaction.atomic
def open_report(report: Report, *, by: User | None) -> bytes:
    """The bytes of a ready report, with an entry in the audit trail. Raises NotPossibleNow when there is no file."""
    try:
        data = read_report(report.file) if report.state == Report.State.READY else b""
    except FileNotFoundError:
        data = b""
    if not data:
        raise NotPossibleNow(_("This report is not ready."))
    record("report.downloaded", subject=report, by=by, organisation=report.organisation_id, language=report.language)
    return data


def request_reports(
    organisations: Iterable[Organisation], round_: Round, language: str, *, by: User | None
) -> tuple[int, int]:
    """Have reports made for these organisations; (put in line, there already)."""
    jobs = [request_report(organisation, round_, language, by=by) for organisation in organisations]
    started = sum(job is not None for job in jobs)
    return started, len(jobs) - started


def _report_row(organisation: Organisation, view: ReleaseView, language: str) -> Report:
    report, _made = Report.objects.get_or_create(
        organisation=organisation,
        release_id=view.id,
        language=language,
        defaults={"file": new_report_name(view.id)},
    )
    return report


def _mark_ready(report: Report, pdf: Pdf) -> None:
    Report.objects.filter(pk=report.pk).update(
        state=Report.State.READY,
        content_hash=hashlib.sha256(pdf.data).hexdigest(),
        pages=pdf.pages,
        ready_at=Now(),
    )
    record("report.made", subject=report, by=None, organisation=report.organisation_id, pages=pdf.pages)


def _earlier_releases(view: ReleaseView) -> list[ReleaseView]:
    """The published releases of the same questionnaire for earlier periods, for the trend."""
    period = view.round.reference_period
    rounds = published_rounds(view.questionnaire.questionnaire)
    found = (published_release(one.round.code, one.edition) for one in rounds if one.round.reference_period < period)
    return [one for one in found if one is not None]


def _published_at(view: ReleaseView) -> Any:
    found = Release.objects.values_list("published_at", flat=True).get(pk=view.id)
    assert found is not None  # noqa: S101  published_release gave it
    return found
