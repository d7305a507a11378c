"""Rounds to break: each of a questionnaire of its own, so that no round counts as an earlier one of another."""

from django.db import connection

from benchmark.services.computing import compute_release
from benchmark.services.indicators import store_indicators
from portal.models import Job, Organisation
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.models import QuestionnaireVersion, Round, Submission
from surveys.questionnaire import parse_answer
from surveys.services.answers import Typing, save_answers, start_submission
from surveys.services.imports import ImportedAnswer, ImportedSubmission, hold_round_for_import, store_submissions
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import advance_round, create_round, start_round_job
from tests.benchmark.kept_work import kept_work
from tests.soak.conftest import Soak
from tests.world import INDICATORS, QUESTIONNAIRE

YEAR = 2026


def draft_round(code: str) -> Round:
    """A questionnaire with one indicator, and a round of it."""
    name = f"q_{code}".replace("-", "_")
    text = QUESTIONNAIRE.format(year=YEAR).replace("questionnaire: world", f"questionnaire: {name}")
    head, _first, rest = INDICATORS.format(year=YEAR).partition("items:\n")
    first = rest.split("  - {code: satisfaction")[0]
    indicators = head.replace("world", name) + "items:\n" + first
    with staff_scope():
        load_questionnaire_file(text, f"{name}.yaml", by=None)
        store_indicators(indicators, by=None)
        return create_round(
            code=code,
            title_nl=f"Ronde {code}",
            title_en=f"Round {code}",
            version=QuestionnaireVersion.objects.get(questionnaire__code=name),
            reference_period=str(YEAR),
            is_invented=True,
            by=None,
        )


def open_round(soak: Soak, code: str) -> Round:
    """A round that takes answers."""
    made = draft_round(code)
    with staff_scope():
        return advance_round(made.pk, "open", by=None)


def closed_round(soak: Soak, code: str) -> Round:
    """A closed round that eighteen organisations answered."""
    made = draft_round(code)
    with staff_scope():
        file = hold_round_for_import(made.pk).version.file
        rows = []
        for i, organisation in enumerate(Organisation.objects.order_by("pk")):
            typed = {"calls": str(30_000 + 1000 * i), "talk": str(9_000_000 + 431_000 * i), "owner": "ours"}
            answers = [ImportedAnswer(c, t, parse_answer(file.question(c), t, "nl")) for c, t in typed.items()]
            rows.append(ImportedSubmission(organisation.pk, tuple(answers)))
        store_submissions(made, rows, [question.code for question in file.questions], by=None)
        advance_round(made.pk, "open", by=None)
        return advance_round(made.pk, "close", by=None)


def asked(soak: Soak, round_: Round, action: str) -> Job:
    """The job of this step, written in the books."""
    with staff_scope():
        job = start_round_job(round_.pk, action, by=soak.world.person("researcher"))
    soak.ledger.asked_for(job)
    return job


def is_done(job: Job) -> bool:
    """Whether the work has taken effect."""
    with worker_scope():
        now = Job.objects.get(pk=job.pk)
    assert now.state != Job.State.FAILED, now.error
    return now.state == Job.State.DONE


def frozen_round(soak: Soak, code: str) -> Round:
    """Frozen here and now."""
    from surveys.tasks import freeze_round

    round_ = closed_round(soak, code)
    with staff_scope():
        job = start_round_job(round_.pk, "freeze", by=None)
    freeze_round(job.pk)
    with staff_scope():
        round_.refresh_from_db()
    return round_


def computed_round(soak: Soak, code: str) -> Round:
    """Frozen and computed here and now, with work kept from earlier runs."""
    round_ = frozen_round(soak, code)
    with kept_work(round_.pk, round_.edition):
        compute_release(round_.pk, round_.edition, by=None)
    connection.close()
    with staff_scope():
        round_.refresh_from_db()
    return round_


def started(soak: Soak, round_: Round, typed: dict[str, str]) -> Submission:
    """A's submission with these answers."""
    person = soak.world.person("coordinator of A")
    with participant_scope(soak.world.a.pk, person.pk):
        submission = start_submission(soak.world.a, round_, by=person)
        save_answers(submission, [Typing(code, text) for code, text in typed.items()], by=person, language="nl")
    soak.ledger.answered(submission, typed)
    return submission
