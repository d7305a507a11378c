"""A validator's decisions on a submission: whose work it is, accepting, leaving a value out, sending it back."""

from collections.abc import Collection

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.errors import Conflict, InvalidInput, NotAllowed, NotPossibleNow
from portal.models import Membership, Organisation, User
from portal.roles import SUBMITTING, VALIDATING
from portal.services.audit import record
from portal.services.mail import put_in_outbox
from surveys.models import CheckFinding, Exclusion, Query, Review, Round, Submission
from surveys.selectors.asked import asked_as
from surveys.selectors.corrections import FROZEN, UNDER_WAY
from surveys.services.receipts import changed_between
from surveys.services.submissions import reopen_submission

MAX_TEXT = 4000


def check_validator(by: User | None) -> None:
    """Raises NotAllowed for everybody but staff who validate; None is the system."""
    if by is not None and by.foundation_role not in VALIDATING:
        raise NotAllowed(_("Your role does not allow this."))


def said(text: str) -> str:
    """A text as it is kept; raises InvalidInput when nothing was said, or more than is kept."""
    kept = text.replace("\x00", "\ufffd").replace("\r\n", "\n").strip()
    if not kept:
        raise InvalidInput(_("Write a few words first."))
    if len(kept) > MAX_TEXT:
        words = {"n": len(kept), "most": MAX_TEXT}
        raise InvalidInput(
            _("This text has %(n)s characters, and at most %(most)s fit. Make it shorter: nothing was stored.") % words
        )
    return kept


def hold_round(round_id: int) -> None:
    """Take the round's lock for sharing: a freeze, which takes it for itself, is before or after."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM surveys_round WHERE id = %s FOR SHARE", [round_id])


def hold_submitted(submission: Submission) -> Submission:
    """The submission, locked together with its round; raises NotPossibleNow when it is not handed in."""
    hold_round(submission.round_id)
    locked = Submission.objects.select_for_update(of=("self",), no_key=True)
    current = locked.select_related("round__version__questionnaire", "organisation").get(pk=submission.pk)
    if current.state != Submission.State.SUBMITTED:
        raise NotPossibleNow(_("These answers are not submitted now; the organisation is working on them."))
    return current


def require_question(submission: Submission, question: str) -> None:
    """Raises InvalidInput when the questionnaire has no such question."""
    if not submission.round.version.file.has_question(question):
        raise InvalidInput(_("There is no question “%(code)s” in this round.") % {"code": question[:80]})


def coordinators(organisation: Organisation) -> list[User]:
    """Who hears of a submission: the coordinators who can sign in; needs the staff or the worker scope."""
    rows = Membership.objects.filter(organisation=organisation, role__in=list(SUBMITTING), user__is_active=True)
    return [row.user for row in rows.select_related("user").order_by("user_id")]


def review_of(submission: Submission) -> Review:
    """The review of a submission, made when it is not there yet."""
    review, _made = Review.objects.get_or_create(
        submission=submission, defaults={"organisation_id": submission.organisation_id}
    )
    return review


def _note(action: str, submission: Submission, by: User | None, **detail: object) -> None:
    record(action, subject=submission, by=by, organisation=submission.organisation_id, **detail)


@transaction.atomic
def assign_validator(submission: Submission, validator: User | None, *, by: User | None) -> Review:
    """Say whose work a submission is; None takes it from whoever had it."""
    check_validator(by)
    if validator is not None:
        check_validator(validator)
    review = review_of(submission)
    if review.validator_id != (validator.pk if validator else None):
        review.validator = validator
        review.save(update_fields=["validator"])
        _note("submission.assigned", submission, by, validator=validator.pk if validator else None)
    return review


@transaction.atomic
def assign_submissions(
    current: Round, organisations: Collection[int], validator: User | None, *, by: User | None
) -> int:
    """Say of several organisations whose work their submissions are, each noted as a single one is.

    Who has not begun is passed over. Returns how many submissions changed hands.
    """
    check_validator(by)
    rows = Submission.objects.filter(round=current, organisation__in=organisations).select_related("review")
    wanted = validator.pk if validator else None
    changing = [one for one in rows.order_by("pk") if _validator_of(one) != wanted]
    for one in changing:
        assign_validator(one, validator, by=by)
    return len(changing)


def _validator_of(submission: Submission) -> int | None:
    review: Review | None = getattr(submission, "review", None)
    return review.validator_id if review else None


@transaction.atomic
def accept_submission(submission: Submission, *, by: User | None, seen: str | None = None) -> Review:
    """Find the answers as they are in order; a later change makes it void. Raises NotPossibleNow with queries open.

    `seen` is the hash of the answers that the validator looked at; when it is another one by now, Conflict says what
    changed. None: whatever stands there.
    """
    check_validator(by)
    current = hold_submitted(submission)
    if seen is not None and seen != current.content_hash:
        raise Conflict(_changed_since(current, seen))
    if Query.objects.filter(submission=current, state__in=UNDER_WAY).exists():
        raise NotPossibleNow(_("There are queries under way: resolve them first."))
    review = review_of(current)
    if not (review.accepted_at and review.accepted_hash == current.content_hash):
        Review.objects.filter(pk=review.pk).update(
            accepted_at=Now(), accepted_by=by, accepted_hash=current.content_hash
        )
        _note("submission.accepted", current, by, hash=current.content_hash)
    review.refresh_from_db()
    return review


def _changed_since(submission: Submission, seen: str) -> str:
    """What a validator is told who looked at other answers than these."""
    told = _("These answers were changed after you opened this page. Look at them as they are now, then accept them.")
    file, language = submission.round.version.file, (get_language() or "nl")[:2]
    codes = [code for code in changed_between(submission, seen) if file.has_question(code)]
    names = [asked_as(submission, code, language) for code in codes]
    return f"{told} {_('Changed: %(questions)s') % {'questions': ' · '.join(names)}}" if names else told


@transaction.atomic
def take_back_acceptance(submission: Submission, *, by: User | None) -> None:
    """The answers are to be looked at again."""
    check_validator(by)
    rows = Review.objects.filter(submission=submission, accepted_at__isnull=False)
    if rows.update(accepted_at=None, accepted_by=None, accepted_hash=""):
        _note("submission.acceptance_taken_back", submission, by)


@transaction.atomic
def exclude_answer(submission: Submission, question: str, *, reason: str, by: User | None) -> Exclusion:
    """Leave an answer out of everything that is frozen from now on, with a reason; again changes nothing.

    What was frozen keeps it: then the exclusion counts from the next edition on.
    """
    check_validator(by)
    require_question(submission, question)
    text = said(reason)
    current = hold_submitted(submission)
    existing = Exclusion.objects.filter(submission=current, question=question, lifted_at=None).first()
    if existing is not None:
        return existing
    made = Exclusion.objects.create(
        organisation_id=current.organisation_id, submission=current, question=question, reason=text, excluded_by=by
    )
    _note("answer.excluded", current, by, question=question, frozen=current.round.state in FROZEN)
    return made


@transaction.atomic
def lift_exclusion(submission: Submission, question: str, *, by: User | None) -> bool:
    """Let an answer count again from the next freeze on; whether it was left out. The exclusion is kept."""
    check_validator(by)
    hold_round(submission.round_id)
    rows = Exclusion.objects.filter(submission=submission, question=question, lifted_at=None)
    lifted = bool(rows.update(lifted_at=Now(), lifted_by=by))
    if lifted:
        _note("answer.counts_again", submission, by, question=question)
    return lifted


@transaction.atomic
def dismiss_finding(finding: CheckFinding, *, by: User | None) -> None:
    """Note that a validator looked at a finding and found the answer in order."""
    check_validator(by)
    rows = CheckFinding.objects.filter(pk=finding.pk, dismissed_at=None)
    if rows.update(dismissed_at=Now(), dismissed_by=by):
        # Of no organisation: coordinators read what is noted about theirs, and findings hold what others answered.
        record("finding.dismissed", subject=finding, by=by, kind=finding.kind, column=finding.column)


@transaction.atomic
def send_back(submission: Submission, *, reason: str, by: User | None) -> Submission:
    """Reopen a submission for the organisation, which is told why by mail and where it answers; only while the round
    takes answers.
    """
    check_validator(by)
    text = said(reason)
    current = reopen_submission(submission, by=by)
    Submission.objects.filter(pk=current.pk).update(sent_back_at=Now(), sent_back_note=text)
    current.refresh_from_db()
    for person in coordinators(current.organisation):
        with translation.override(person.language):
            tell(
                person,
                current.organisation,
                _("Please look again: %(round)s") % {"round": current.round.title},
                _(
                    "The foundation opened the answers of %(organisation)s to “%(round)s” again, with this note:\n\n"
                    "%(reason)s\n\nChange what has to be changed and submit again; until then the answers do not count."
                )
                % {"organisation": current.organisation.name, "round": current.round.title, "reason": text},
            )
    return current


def tell(person: User, organisation: Organisation, subject: str, body: str) -> None:
    """A mail to a member; the address of a page does not go in: people know where to sign in, and links are fished."""
    put_in_outbox(to=person.email, subject=subject, body=body, organisation=organisation)


def is_validated_round(current: Round) -> bool:
    """Whether there is anything to validate in a round."""
    return current.state != Round.State.DRAFT
