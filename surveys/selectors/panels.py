"""The answers of all organisations of a round, for import and freeze; for the roles of staff and workers only."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from portal.models import Organisation
from surveys.models import Answer, Round, Submission
from surveys.questionnaire import AnswerValue
from surveys.selectors.profile import profile_values
from surveys.selectors.stored import VALUE_FIELDS, stored_value
from surveys.selectors.withdrawals import withdrawals_from


def answers_of_round(current: Round, questions: Sequence[str]) -> dict[int, dict[str, AnswerValue]]:
    """Organisation id → its answers to these questions, of submitted submissions."""
    found: dict[int, dict[str, AnswerValue]] = defaultdict(dict)
    file = current.version.file
    known = {code: file.question(code) for code in questions if file.has_question(code)}
    rows = submitted_answers(current).filter(question__in=list(known))
    for organisation, code, *fields in rows.values_list("organisation_id", "question", *VALUE_FIELDS).iterator(20_000):
        found[organisation][code] = stored_value(known[code], *fields)
    return found


def answers_of_organisations(current: Round, organisations: Sequence[int]) -> dict[int, dict[str, AnswerValue]]:
    """Organisation id → all its submitted answers, for these organisations."""
    found: dict[int, dict[str, AnswerValue]] = defaultdict(dict)
    known = {question.code: question for question in current.version.file.questions}
    rows = submitted_answers(current).filter(organisation__in=organisations)
    for organisation, code, *fields in rows.values_list("organisation_id", "question", *VALUE_FIELDS).iterator(20_000):
        if code in known:
            found[organisation][code] = stored_value(known[code], *fields)
    if current.version.file.needs_profile:
        for one in Organisation.objects.filter(pk__in=organisations):
            found[one.pk] |= profile_values(current.version.file, current, one)
    return found


def submitted_answers(current: Round) -> QuerySet[Answer]:
    """The answers of submitted submissions, of organisations that did not withdraw."""
    rows = Answer.objects.filter(submission__round=current, submission__state=Submission.State.SUBMITTED)
    return rows.exclude(organisation__in=withdrawals_from(current).values("organisation"))


def panel_rows(current: Round) -> Iterator[tuple[int, int | None, dict[str, str]]]:
    """(organisation id, group id, dimensions) of each organisation that submitted and did not withdraw, by id."""
    submissions = Submission.objects.filter(round=current, state=Submission.State.SUBMITTED)
    submissions = submissions.exclude(organisation__in=withdrawals_from(current).values("organisation"))
    fields = ("organisation_id", "organisation__group_id", "organisation__dimensions")
    yield from submissions.order_by("organisation_id").values_list(*fields)
