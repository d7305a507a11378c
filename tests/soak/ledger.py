"""What the portal has acknowledged, written down by whoever was told; `invariants` asks the portal for all of it again.

ledger.answered(submission, {"calls": "12"})     # after save_answers returned
ledger.submitted(submission)                     # after submit_submission returned
ledger.asked_for(job)                            # after start_job returned
invariants(place, world, ledger)                 # every fault test ends with this
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import ProgrammingError, transaction

from benchmark.models import KpiWork, Release, ReleasedDocument, Report
from benchmark.services.releasing import _check_bytes
from benchmark.services.report_files import report_path
from portal.models import ApiKey, AuditEntry, Invitation, Job, OutboxMail, User
from portal.rls import model_tenancy
from portal.services.audit_chain import Anchor, verify_chain
from portal.tenancy import Tenancy, api_scope, participant_scope, staff_scope, worker_scope
from surveys.models import Answer, Edition, Submission
from tests.soak.place import SoakPlace
from tests.world import World

Answered = dict[tuple[int, str], str]
OURS = ("portal", "surveys", "benchmark")
# What B and the foundation surely have, so that not seeing it means something.
ALSO_OTHERS = (Job, AuditEntry, OutboxMail, ApiKey, Invitation)
# What must be in the audit trail exactly once for each finished job, by task.
EFFECTS = {
    "surveys.freeze_round": "round.freeze",
    "benchmark.compute_release": "round.compute",
    "benchmark.render_report": "report.made",
}


@dataclass
class Ledger:
    """Acknowledged writes."""

    answers: Answered = field(default_factory=dict)
    submissions: dict[int, str] = field(default_factory=dict)
    jobs: set[int] = field(default_factory=set)
    mails: set[int] = field(default_factory=set)
    releases: dict[int, str] = field(default_factory=dict)
    anchors: list[Anchor] = field(default_factory=list)  # where the audit chain ended each time that it was looked at

    def answered(self, submission: Submission, typed: dict[str, str]) -> None:
        """These answers were saved."""
        self.answers |= {(submission.pk, code): text for code, text in typed.items()}

    def submitted(self, submission: Submission) -> None:
        """These answers were handed in."""
        self.submissions[submission.pk] = submission.content_hash

    def asked_for(self, job: Job | None) -> None:
        """This work was promised."""
        if job is not None:
            self.jobs.add(job.pk)

    def published(self) -> None:
        """Remember what is published now; it may never change."""
        with worker_scope():
            for release in Release.objects.filter(state=Release.State.PUBLISHED):
                self.releases.setdefault(release.pk, documents_hash(release.pk))


def documents_hash(release: int) -> str:
    """Over every byte of a release's documents, in their order."""
    rows = ReleasedDocument.objects.filter(release=release).order_by("position")
    return hashlib.sha256(b"".join(bytes(row.body) for row in rows)).hexdigest()


def invariants(place: SoakPlace, world: World, ledger: Ledger) -> None:
    """What must be true after any fault."""
    with staff_scope():
        acknowledged_writes_are_there_once(ledger)
        the_trail_goes_on_from_where_it_was(ledger)
    with worker_scope():
        released_hashes_are_unchanged(ledger)
        jobs_took_effect_once(ledger)
    nothing_foreign_is_visible(world)
    ledger.published()


def acknowledged_writes_are_there_once(ledger: Ledger) -> None:
    """Each saved answer in one row and as it was typed last; each handed-in submission with its hash; each mail."""
    of = {submission for submission, _code in ledger.answers}
    rows = Answer.objects.filter(submission__in=of).values_list("submission_id", "question", "typed")
    stored = [((submission, question), typed) for submission, question, typed in rows]
    assert max(Counter(key for key, _typed in stored).values(), default=1) == 1
    found = dict(stored)
    assert {key: found.get(key) for key in ledger.answers} == ledger.answers
    handed_in = Submission.objects.exclude(submitted_at=None).filter(pk__in=ledger.submissions)
    assert dict(handed_in.values_list("pk", "content_hash")) == ledger.submissions
    assert OutboxMail.objects.filter(pk__in=ledger.mails).count() == len(ledger.mails)


def released_hashes_are_unchanged(ledger: Ledger) -> None:
    """Byte for byte what was published, and what each release says of itself."""
    assert {pk: documents_hash(pk) for pk in ledger.releases} == ledger.releases
    for release in Release.objects.all():
        _check_bytes(release)


def jobs_took_effect_once(ledger: Ledger) -> None:
    """Each promised job is done, and its effect is in the books once."""
    jobs = Job.objects.filter(pk__in=ledger.jobs)
    assert {job.pk: (job.state, job.error) for job in jobs if job.state != Job.State.DONE} == {}
    assert jobs.count() == len(ledger.jobs)
    for job in jobs:
        if action := EFFECTS.get(job.task):
            done = AuditEntry.objects.filter(action=action, subject=subject_of(job))
            same = Job.objects.filter(task=job.task, arguments=job.arguments, state=Job.State.DONE)
            assert done.count() == same.count(), f"{job.task} {job.arguments}: {done.count()} effects"
    editions = Edition.objects.values_list("round_id", "number")
    assert len(editions) == len(set(editions))
    assert not KpiWork.objects.filter(round__in=Release.objects.values("round")).exists()
    for report in Report.objects.filter(state=Report.State.READY):
        path = report_path(report.file)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == report.content_hash
        assert [other.name for other in path.parent.iterdir() if other.name.startswith(".")] == []


def subject_of(job: Job) -> str:
    """What the audit trail calls the thing that the job is about."""
    if "report" in job.arguments:
        return f"benchmark.report:{job.arguments['report']}"
    return f"surveys.round:{job.arguments['round']}"


def the_trail_goes_on_from_where_it_was(ledger: Ledger) -> None:
    """The audit chain is whole and passes through every end that it ever had: nothing was cut off or made anew."""
    report = verify_chain(ledger.anchors)
    assert report.faults == []
    ledger.anchors.append(report.end)


def nothing_foreign_is_visible(world: World) -> None:
    """As A the database shows A's rows and nothing of anybody else (organisations, jobs, audit trail, mail, keys,
    invitations, people); likewise as B; the public and who has no scope see none at all.
    """
    members = {}
    for name, organisation in (("A", world.a), ("B", world.b)):
        person = world.person(f"coordinator of {name}").pk
        with staff_scope():
            members[name] = set(
                User.objects.filter(memberships__organisation=organisation).values_list("pk", flat=True)
            )
        with participant_scope(organisation.pk, person):
            for model in tenant_models():
                mine = {"id" if model._meta.label == "portal.Organisation" else "organisation_id": organisation.pk}
                foreign = rows_seen(model.objects.exclude(**mine))
                assert not foreign, f"{name} sees rows of somebody else in {model._meta.label}: {foreign}"
            seen = set(User.objects.values_list("pk", flat=True))
        assert seen == members[name], f"{name} sees people who do not work there"
    with api_scope():
        assert all(not rows_seen(model.objects.all()) for model in tenant_models())
    assert all(not rows_seen(model.objects.all()) for model in tenant_models()), "the login role sees rows by itself"
    with staff_scope():  # or else there was nothing to hide
        hidden = [model for model in ALSO_OTHERS if not model.objects.exclude(organisation=world.a).exists()]
    assert hidden == []


def rows_seen(rows: Any) -> list[int]:
    """Keys of some of these rows; none of a table that one may not read at all."""
    try:
        with transaction.atomic():
            return list(rows.values_list("pk", flat=True)[:5])
    except ProgrammingError as refused:
        assert "permission denied" in str(refused)  # noqa: PT017  anything else is a fault of the test
        return []


def tenant_models() -> list[Any]:
    """Models whose rows belong to one organisation, or to the foundation alone."""
    every = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return [model for model in every if model_tenancy(model) in (Tenancy.OWNED, Tenancy.MIXED)]
