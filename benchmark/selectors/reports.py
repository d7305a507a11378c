"""Which reports there are and which can be made; read in the participant's scope or in the staff's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from benchmark.models import Report
from benchmark.selectors.own_values import rounds_taken_part
from benchmark.selectors.releases import ReleaseView, published_rounds
from portal.models import Organisation
from surveys.models import Round, Submission

LANGUAGES = ("nl", "en")


@dataclass(frozen=True)
class RoundReports:
    """A round of which an organisation can have a report. `reports`: language → the newest edition's report, if any.

    `older`: ready reports of earlier editions.
    """

    round: Round
    edition: int
    published_at: datetime
    reports: dict[str, Report | None]
    older: tuple[Report, ...]


@dataclass(frozen=True)
class OrganisationReports:
    """One organisation that took part, with its report in each language, if any."""

    organisation: Organisation
    reports: dict[str, Report | None]


def reports_of(organisation: Organisation) -> tuple[RoundReports, ...]:
    """The published rounds in which the organisation took part, newest first, with its reports."""
    rounds = published_rounds()
    taken_part = rounds_taken_part(organisation, [one.round for one in rounds])
    found: dict[int, list[Report]] = {}
    mine = Report.objects.filter(organisation=organisation).select_related("release")
    for report in mine.order_by("-release__edition", "language"):
        found.setdefault(report.release.round_id, []).append(report)
    return tuple(
        RoundReports(
            one.round,
            one.edition,
            one.published_at,
            _by_language(r for r in found.get(one.round.pk, []) if r.release.edition == one.edition),
            tuple(r for r in found.get(one.round.pk, []) if r.release.edition != one.edition and _ready(r)),
        )
        for one in rounds
        if one.round.pk in taken_part
    )


def organisations_with_answers(round_: Round) -> QuerySet[Organisation]:
    """The organisations that submitted answers to a round, by name; needs the staff's scope."""
    submitted = Submission.objects.filter(round=round_, state=Submission.State.SUBMITTED)
    return Organisation.objects.filter(pk__in=submitted.values("organisation_id")).order_by("name", "code")


def reports_for(organisations: Iterable[Organisation], release: ReleaseView) -> list[OrganisationReports]:
    """These organisations with their reports of one release; one query."""
    listed = list(organisations)
    found: dict[int, list[Report]] = {}
    for report in Report.objects.filter(release_id=release.id, organisation__in=listed):
        found.setdefault(report.organisation_id, []).append(report)
    return [OrganisationReports(one, _by_language(found.get(one.pk, []))) for one in listed]


def without_report(round_: Round, release: ReleaseView, language: str) -> QuerySet[Organisation]:
    """The organisations that took part and have no ready report of this release in this language."""
    ready = Report.objects.filter(release_id=release.id, language=language, state=Report.State.READY)
    return organisations_with_answers(round_).exclude(pk__in=ready.values("organisation_id"))


def _by_language(reports: Iterable[Report]) -> dict[str, Report | None]:
    made: dict[str, Report | None] = dict.fromkeys(LANGUAGES)
    return made | {report.language: report for report in reports}


def _ready(report: Report) -> bool:
    return report.state == Report.State.READY
