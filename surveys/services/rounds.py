"""Creating a round and moving it through its states. The round's row is the lock (DESIGN §5)."""

import re
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotAllowed, NotPossibleNow
from portal.models import Job, User
from portal.services.audit import record
from portal.services.jobs import start_job
from surveys.models import QuestionnaireVersion, Round
from surveys.rounds import STEPS, TRANSITIONS, Transition
from surveys.selectors.corrections import round_moment

PERIODS = {"year": re.compile(r"\d{4}"), "month": re.compile(r"\d{4}-(0[1-9]|1[0-2])")}


def lock_round(round_id: int) -> Round:
    """The round, locked against every other change until the transaction ends (`FOR UPDATE`)."""
    return Round.objects.select_for_update(of=("self",)).select_related("version__questionnaire").get(pk=round_id)


@transaction.atomic
def create_round(
    *,
    code: str,
    title_nl: str,
    title_en: str,
    version: QuestionnaireVersion,
    reference_period: str,
    by: User | None,
    closes_at: datetime | None = None,
    is_invented: bool = False,
    two_signatures: bool = False,
) -> Round:
    """A new round in draft. Raises InvalidInput when the period does not fit the questionnaire or the code is taken."""
    kind = version.file.reference_period
    if not PERIODS[kind].fullmatch(reference_period):
        example = "2026" if kind == "year" else "2026-01"
        raise InvalidInput(
            _("The reference period of this questionnaire is written as %(example)s.") % {"example": example}
        )
    try:
        with transaction.atomic():
            created = Round.objects.create(
                code=code,
                title_nl=title_nl,
                title_en=title_en,
                version=version,
                reference_period=reference_period,
                closes_at=closes_at,
                is_invented=is_invented,
                two_signatures=two_signatures,
                created_by=by,
            )
    except IntegrityError:
        raise InvalidInput(_("There is already a round with the code “%(code)s”.") % {"code": code}) from None
    record("round.created", subject=created, by=by, code=code)
    return created


def check_transition(current: Round, action: str, *, by: User | None) -> Transition:
    """The step that `action` means, or NotAllowed / NotPossibleNow with the reason. `by` None is the system."""
    step = TRANSITIONS[action]
    if by is not None and by.foundation_role not in step.roles:
        raise NotAllowed(_("Your role does not allow this step of a round."))
    if current.state not in step.sources:
        raise NotPossibleNow(
            _("The round “%(round)s” is in state “%(state)s”; this step is not possible now.")
            % {"round": current.title, "state": current.get_state_display()}
        )
    if action == "freeze" and round_moment(current).correcting:
        raise NotPossibleNow(
            _("Organisations can still correct their answers. Wait, or end the time for corrections first.")
        )
    return step


@transaction.atomic
def advance_round(round_id: int, action: str, *, by: User | None) -> Round:
    """Carry out one step under the round's lock and audit it; for steps that need no job, or at the end of one."""
    current = lock_round(round_id)
    step = check_transition(current, action, by=by)
    before, current.state = current.state, step.target
    if action == "correct":
        current.edition += 1
    if step.target == Round.State.OPEN:
        _set_opening_times(current)
    current.save(update_fields=["state", "edition", "opens_at", "closes_at"])
    record(f"round.{action}", subject=current, by=by, code=current.code, before=before, after=current.state)
    return current


def _set_opening_times(current: Round) -> None:
    """Note when the round opened; a closing time that has passed would refuse every answer, so it is taken away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone() or (None,)
    current.opens_at = current.opens_at or now
    if now is not None and current.closes_at is not None and current.closes_at <= now:
        current.closes_at = None


def carry_out_step(round_id: int, action: str, *, by: User | None) -> Job | None:
    """Do what `action` means: the step of the app that owns it, background work (its job is returned), or just the
    change of state. The one entrance for pages and commands. Raises NotAllowed, NotPossibleNow.
    """
    if action in STEPS:
        STEPS[action](round_id, by=by)
        return None
    if TRANSITIONS[action].job:
        return start_round_job(round_id, action, by=by)
    advance_round(round_id, action, by=by)
    return None


@transaction.atomic
def start_round_job(round_id: int, action: str, *, by: User | None) -> Job:
    """Start the background work of a step (`freeze`, `compute`); the worker advances the round when it is done."""
    current = lock_round(round_id)
    step = check_transition(current, action, by=by)
    titles = {"freeze": _("Freezing the answers of “%(round)s”"), "compute": _("Computing the results of “%(round)s”")}
    job = start_job(
        step.job,
        key=f"round-{current.pk}-{action}-{current.edition}",
        title=titles[action] % {"round": current.title},
        by=by,
        arguments={"round": current.pk, "edition": current.edition, "by": by.pk if by else None},
    )
    record(f"round.{action}.requested", subject=current, by=by, code=current.code, job=job.pk)
    return job
