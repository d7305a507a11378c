"""What the organisation answered in the round before: to compare with, to take over, and reasons that still hold."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection

from portal.models import Organisation
from surveys.models import Answer, QuestionnaireVersion, Round, Submission
from surveys.questionnaire import (
    AnswerError,
    AnswerValue,
    Finding,
    Question,
    QuestionnaireFile,
    Typed,
    parse_answer,
    question_type,
)
from surveys.questionnaire.lineage import joined_questions
from surveys.selectors.stored import VALUE_FIELDS, answer_value

ALIKE = 0.25  # a reason given last time holds for values that differ no more than this part from those of then
MOMENTS = ("date", "period")
OF_A_CHANGE = "soft_change"  # what changed last year says nothing about what changed this year


Key = tuple[Any, ...]
MOST_KNOWN = 256


@dataclass(frozen=True)
class PreviousAnswers:
    """What the organisation answered in the round before, with that round and its questionnaire.

    `explanations`: the reasons given then, by finding code. `submission_id` and no answers yet: they are still to be
    read (`with_answers`), together with those of this round.
    """

    round: Round | None
    questionnaire: QuestionnaireFile | None
    answers: Mapping[str, AnswerValue]
    explanations: Mapping[str, str] = field(default_factory=dict)
    submission_id: int | None = None
    key: Key | None = None

    def with_answers(self, rows: Iterable[Answer]) -> "PreviousAnswers":
        """The same, with the stored rows of then; itself when there are none to read, or when they were read before."""
        file = self.questionnaire
        if file is None or self.submission_id is None:
            return self
        known = {row.question: row for row in rows if file.has_question(row.question)}
        answers = {code: answer_value(file.question(code), row) for code, row in known.items()}
        found = replace(self, answers=answers)
        if self.key is not None and self.key[1]:  # without a hash nothing tells whether the answers are the same
            _known_before[self.key] = replace(found, submission_id=None)
            while len(_known_before) > MOST_KNOWN:
                _known_before.popitem(last=False)
        return found


NOTHING_BEFORE = PreviousAnswers(None, None, {})
# By everything that can change in it: what stays the same is read once per process.
_known_before: OrderedDict[Key, PreviousAnswers] = OrderedDict()


# What names last round's submission and everything in it that can change. Each autosave asks it, and writing this query
# anew takes the ORM as long as a fifth of an autosave.
NAMED = """
    SELECT s.id, s.content_hash, s.explanations::text, r.id, r.title_nl, r.title_en, v.content_hash
    FROM surveys_submission s JOIN surveys_round r ON r.id = s.round_id
    JOIN surveys_questionnaireversion v ON v.id = r.version_id
    WHERE s.organisation_id = %s AND s.state = 'submitted' AND r.id = (
        SELECT e.id FROM surveys_round e JOIN surveys_questionnaireversion w ON w.id = e.version_id
        WHERE w.questionnaire_id = %s AND e.reference_period < %s AND e.state <> 'draft'
        ORDER BY e.reference_period DESC, e.id DESC LIMIT 1)
"""


def previous_submission(organisation: Organisation, round_: Round) -> PreviousAnswers:
    """The organisation's own submission of the round before this one, its answers not read yet unless they are known.

    One query; one more when this process did not meet the submission as it is now before.
    """
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [organisation.pk, round_.version.questionnaire_id, round_.reference_period])
        key = cursor.fetchone()
    if key is None:
        return NOTHING_BEFORE
    if key in _known_before:
        return _known_before[key]
    rows = Submission.objects.select_related("round__version").defer("round__version__source")
    submission = rows.get(pk=key[0])
    file = submission.round.version.file
    return PreviousAnswers(submission.round, file, {}, dict(submission.explanations), submission.pk, key)


def previous_answers(organisation: Organisation, round_: Round) -> PreviousAnswers:
    """The organisation's own submitted answers of the round before this one; empty when there are none. Two queries."""
    before = previous_submission(organisation, round_)
    if before.submission_id is None:
        return before
    return before.with_answers(Answer.objects.filter(submission=before.submission_id).only("question", *VALUE_FIELDS))


Lineage = Mapping[str, tuple[str, str]]
_known: dict[tuple[str, str], Lineage] = {}


def lineage(before: QuestionnaireVersion, now: QuestionnaireVersion) -> Lineage:
    """Question code → (code then, `same` or `equivalent`), for those whose definition is the same.

    Kept by the hashes of both: versions never change, and comparing them takes longer than a page.
    """
    key = (before.content_hash, now.content_hash)
    if key not in _known:
        while len(_known) >= MOST_KNOWN:
            _known.pop(next(iter(_known)), None)
        _known[key] = joined_questions(before.file, now.file)
    return _known[key]


def taken_over(question: Question, before: PreviousAnswers, names: Lineage, language: str) -> Typed | None:
    """Last round's answer as it would be typed now; None when there is none, or when the definition changed."""
    value = before.answers.get(names[question.code][0]) if question.code in names else None
    if value is None or not value.answered:
        return None
    typed = question_type(question).retyped(question, value, language)
    try:
        return typed if parse_answer(question, typed, language) == value else None
    except AnswerError:
        return None


def carried_reasons(
    findings: Iterable[Finding], values: Mapping[str, AnswerValue], before: PreviousAnswers, names: Lineage
) -> dict[str, str]:
    """Reasons of last round for the same remark about nearly the same answers, by finding code: not asked again."""
    found = {}
    for finding in findings:
        rule, _colon, subject = finding.code.partition(":")
        if not finding.needs_reason or rule.startswith(OF_A_CHANGE):
            continue
        reason = before.explanations.get(f"{rule}:{names.get(subject, (subject, ''))[0]}", "")
        if reason and all(_alike(code, values, names, before.answers) for code in finding.questions):
            found[finding.code] = reason
    return found


def _alike(
    code: str,
    values: Mapping[str, AnswerValue],
    names: Lineage,
    before: Mapping[str, AnswerValue],
) -> bool:
    """Whether the question means what it meant and was answered about as it was."""
    if code not in names:
        return False
    now, then = values.get(code), before.get(names[code][0])
    if now is None or then is None or now.status != then.status:
        return False
    numbers = [(now.number, then.number), *((now.parts.get(part), then.parts.get(part)) for part in now.parts)]
    near = all(a is b is None or (a is not None and b is not None and _near(a, b)) for a, b in numbers)
    return near and (now.choice, now.choices, now.text) == (then.choice, then.choices, then.text)


def _near(now: float, then: float) -> bool:
    return abs(now - then) <= ALIKE * abs(then)


def change_since(question: Question, now: AnswerValue | None, before: AnswerValue | None) -> float | None:
    """The relative change of a number, 0.2 for 20 % more; the difference in points for a percentage; else None."""
    if now is None or before is None or question_type(question).points(question) or question.type in MOMENTS:
        return None
    return change_between(now.number, before.number, points=question.type == "percentage")


def change_between(now: float | None, then: float | None, *, points: bool) -> float | None:
    """As `change_since`, of two numbers of one meaning."""
    if now is None or then is None:
        return None
    if points:
        return now - then
    return (now - then) / abs(then) if then else None
