"""The round that is under way: some have submitted, some have begun, most have not looked yet."""

from collections.abc import Iterable

from benchmark.demo.answers import LANGUAGE, DemoAnswer, answers_of
from benchmark.demo.organisations import ORGANISATIONS, DemoOrganisation
from benchmark.demo.people import FIRST, PEOPLE, SECOND
from benchmark.demo.validating import slipped
from portal.models import Organisation, User
from portal.roles import SUBMITTING
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Round, Submission
from surveys.services.answers import Typing, save_answers, start_submission
from surveys.services.rounds import advance_round
from surveys.services.submissions import explain_findings, sheet_of, submit_submission

SUBMITTED_EVERY, BEGUN_EVERY = 4, 7  # every so many-th organisation
BEGUN_SECTIONS = {FIRST: 4, SECOND: 1}
REASON = "Gecontroleerd: dit klopt, we hebben dit jaar anders gemeten."
NOT_A_NUMBER = ("email_reply_hours", "ongeveer 20")  # what the half-filled questionnaire shows as unreadable


def fill_open_round(current: Round) -> None:
    """Open the round and let people answer, each organisation in a transaction of its own."""
    if current.state == Round.State.DRAFT:
        with staff_scope():
            advance_round(current.pk, "open", by=None)
    with staff_scope():
        organisations = {one.code: one for one in Organisation.objects.filter(is_invented=True)}
        users = {user.email: user for user in User.objects.filter(email__in=[person.email for person in PEOPLE])}
        seen = set(Submission.objects.filter(round=current).values_list("organisation_id", flat=True))
    for one in ORGANISATIONS:
        organisation = organisations[one.code]
        if organisation.pk not in seen:
            answer_online(one, organisation, current, by=users.get(coordinator_of(one.code)))


def coordinator_of(code: str) -> str:
    """Address of the person who submits for an organisation, or empty."""
    found = (p.email for p in PEOPLE if any(c == code and role in SUBMITTING for c, role in p.memberships))
    return next(found, "")


def answer_online(one: DemoOrganisation, organisation: Organisation, current: Round, *, by: User | None) -> None:
    """Answer as a participant: all and submit, the first themes only, or nothing."""
    submits = one.number % SUBMITTED_EVERY == 0 and one.code not in BEGUN_SECTIONS
    sections = BEGUN_SECTIONS.get(one.code, 2 if one.number % BEGUN_EVERY == 3 else 0)
    if not (submits or sections):
        return
    file = current.version.file
    answers = answers_of(one, int(current.reference_period), file)
    wanted = {question.code for section in file.sections[:sections] for question in section.questions}
    with participant_scope(organisation.pk, by.pk if by else 0):
        submission = start_submission(organisation, current, by=by)
        typings = [_typing(one.code, answer) for code, answer in answers.items() if submits or code in wanted]
        if one.code == FIRST:
            typings = _half_of_the_last(typings)
        save_answers(submission, typings, by=by, language=LANGUAGE)
        if submits:
            reasons = {
                finding.code: REASON for finding in sheet_of(submission, LANGUAGE).findings if finding.needs_reason
            }
            explain_findings(submission, reasons, by=by)
            submit_submission(submission, by=by, language=LANGUAGE)


def _typing(code: str, answer: DemoAnswer) -> Typing:
    typed = slipped(code, answer.question, answer.value) or answer.typed
    return Typing(answer.question, typed, 0 if typed else int(answer.value.status))


def _half_of_the_last(typings: Iterable[Typing]) -> list[Typing]:
    """Stop in the middle of the channels, with a last answer that is not a number."""
    kept = [typing for typing in typings if not typing.question.startswith(("switch_", "selfservice_"))]
    return [typing for typing in kept if typing.question != NOT_A_NUMBER[0]] + [Typing(*NOT_A_NUMBER)]
