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
from portal.models import AuditEntry, Job, OutboxMail
from portal.rls import model_tenancy
from portal.services.audit_chain import verify_chain
from portal.tenancy import Tenancy, participant_scope, staff_scope, worker_scope
from surveys.models import Answer, Edition, Submission
from tests.soak.place import SoakPlace
from tests.world import World

Answered = dict[tuple[int, str], str]
OURS = ("portal", "surveys", "benchmark")
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
        assert verify_chain().faults == []
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


def nothing_foreign_is_visible(world: World) -> None:
    """As A the database shows A's rows and nothing of anybody else; without a scope it shows nothing at all."""
    with participant_scope(world.a.pk, world.person("coordinator of A").pk):
        for model in tenant_models():
            column = "id" if model._meta.label == "portal.Organisation" else "organisation_id"
            try:
                with transaction.atomic():
                    foreign = model.objects.exclude(**{column: world.a.pk}).exists()
            except ProgrammingError as refused:  # a table that participants may not read at all
                denied = "permission denied" in str(refused)
            else:
                denied = not foreign
            assert denied, f"A sees rows of somebody else in {model._meta.label}"


def tenant_models() -> list[Any]:
    """Models whose rows belong to one organisation."""
    every = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return [model for model in every if model_tenancy(model) is Tenancy.OWNED]
