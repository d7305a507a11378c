"""Reading one organisation's answers, of this round and of the one before, and everything that follows from them."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Case, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.models import Organisation
from surveys.models import Answer, Round, Submission
from surveys.questionnaire import (
    AnswerError,
    AnswerValue,
    Finding,
    Question,
    QuestionnaireFile,
    check_submission,
    due_questions,
    parse_answer,
    progress,
)
from surveys.questionnaire.submission import comparable
from surveys.selectors.stored import VALUE_FIELDS, stored_value


@dataclass(frozen=True)
class PreviousAnswers:
    """What the organisation answered in the round before, with that round and its questionnaire."""

    round: Round | None
    questionnaire: QuestionnaireFile | None
    answers: dict[str, AnswerValue]


def submission_of(organisation: Organisation, round_: Round) -> Submission | None:
    """The organisation's submission to the round, if there is one."""
    return Submission.objects.filter(organisation=organisation, round=round_).first()


def answer_rows(submission: Submission) -> dict[str, Answer]:
    """The stored rows by question code, with who typed them last."""
    return {row.question: row for row in submission.answers.select_related("updated_by").order_by("question")}


def values_of(file: QuestionnaireFile, rows: dict[str, Answer]) -> dict[str, AnswerValue]:
    """The rows as values for routing, edits and progress; questions that the version does not have are left out."""
    return {
        code: stored_value(file.question(code), *(getattr(row, name) for name in VALUE_FIELDS))
        for code, row in rows.items()
        if file.has_question(code)
    }


def previous_answers(organisation: Organisation, round_: Round) -> PreviousAnswers:
    """The organisation's own submitted answers of the round before this one; empty when there are none. Two queries."""
    same = Q(version__questionnaire=round_.version.questionnaire_id, reference_period__lt=round_.reference_period)
    earlier = Round.objects.filter(same).exclude(state=Round.State.DRAFT).order_by("-reference_period", "-id")
    submission = (
        Submission.objects.filter(organisation=organisation, state=Submission.State.SUBMITTED)
        .filter(round=Subquery(earlier.values("pk")[:1]))
        .select_related("round__version")
        .first()
    )
    if submission is None:
        return PreviousAnswers(None, None, {})
    file = submission.round.version.file
    stored = submission.answers.values_list("question", *VALUE_FIELDS)
    values = {code: stored_value(file.question(code), *row) for code, *row in stored if file.has_question(code)}
    return PreviousAnswers(submission.round, file, values)


def rounds_for_answering() -> QuerySet[Round]:
    """Rounds that left the draft, each with `taking`: whether it takes answers now, by the database's clock."""
    is_open = Q(state=Round.State.OPEN) & (Q(closes_at=None) | Q(closes_at__gt=Now()))
    taking = Case(When(is_open, then=Value(True)), default=Value(False))
    return Round.objects.exclude(state=Round.State.DRAFT).annotate(taking=taking).select_related("version")


@dataclass(frozen=True)
class AnswerSheet:
    """One organisation's answers to one round as the answering pages need them; made by `answer_sheet`.

    `taking`: the round takes answers at this moment. All sentences are in `language`.
    """

    organisation: Organisation
    round: Round
    taking: bool
    submission: Submission | None
    rows: dict[str, Answer]
    previous: PreviousAnswers
    language: str

    @property
    def key(self) -> str:
        """Names the organisation and the round; a page sends it along, so that what it typed lands nowhere else."""
        return f"{self.organisation.pk}-{self.round.pk}"

    @property
    def submitted(self) -> bool:
        """Whether the answers were handed in."""
        return self.submission is not None and self.submission.state == Submission.State.SUBMITTED

    @property
    def writable(self) -> bool:
        """Whether answers may be changed now."""
        return self.taking and not self.submitted

    @cached_property
    def file(self) -> QuestionnaireFile:
        """The questions of this round."""
        return self.round.version.file

    @cached_property
    def values(self) -> dict[str, AnswerValue]:
        """The stored answers as values."""
        return values_of(self.file, self.rows)

    @cached_property
    def due(self) -> frozenset[str]:
        """Codes of the questions that are asked, given the answers."""
        return frozenset(question.code for question in due_questions(self.file, self.values))

    @cached_property
    def progress(self) -> dict[str, tuple[int, int]]:
        """(answered, due) by section code."""
        return progress(self.file, self.values)

    @cached_property
    def totals(self) -> tuple[int, int]:
        """(answered, due) of the whole questionnaire."""
        return sum(done for done, _due in self.progress.values()), sum(due for _done, due in self.progress.values())

    @cached_property
    def findings(self) -> list[Finding]:
        """Every edit on the stored answers, in the order of the questionnaire."""
        return check_submission(self.file, self.values, self.previous.answers, self.language)

    @cached_property
    def findings_at(self) -> dict[str, list[Finding]]:
        """The findings by the question where they are shown: the last one that they concern, and only there."""
        order = {question.code: index for index, question in enumerate(self.file.questions)}
        found: dict[str, list[Finding]] = {}
        for finding in self.findings:
            found.setdefault(max(finding.questions, key=order.__getitem__), []).append(finding)
        return found

    @cached_property
    def explanations(self) -> dict[str, str]:
        """Reasons given at soft edits, by finding code."""
        return dict(self.submission.explanations) if self.submission else {}

    @cached_property
    def unread(self) -> dict[str, str]:
        """What was typed at a question that is asked and could not be read: why, by question code."""
        rows = ((code, row) for code, row in self.rows.items() if not row.is_valid and code in self.due)
        return {
            code: reading_error(self.file.question(code), row, self.language) or _("What was typed cannot be read.")
            for code, row in rows
        }

    def before(self, question: Question) -> AnswerValue | None:
        """Last round's own answer where it may be compared with this question's."""
        return comparable(question, self.previous.answers)


def reading_error(question: Question, row: Answer, language: str) -> str:
    """Why the typed text of a row cannot be read, in `language`; empty when it can be read in that language."""
    try:
        parse_answer(question, row.typed, language)
    except AnswerError as error:
        return error.text(language)
    return ""


def answer_sheet(organisation: Organisation, code: str, language: str, *, with_rows: bool = True) -> AnswerSheet | None:
    """The organisation's sheet of the round with this code; None when there is no such round (or only a draft).

    `with_rows=False` leaves the answers out, for who is about to read them under the lock.
    """
    round_ = rounds_for_answering().filter(code=code).first()
    if round_ is None:
        return None
    mine = Submission.objects.filter(organisation=organisation, round=round_)
    submission = mine.select_related("submitted_by").first()
    if submission is not None:
        submission.round, submission.organisation = round_, organisation
    rows = answer_rows(submission) if submission and with_rows else {}
    before = previous_answers(organisation, round_)
    return AnswerSheet(organisation, round_, _taking(round_), submission, rows, before, language)


def _taking(round_: Round) -> bool:
    return bool(getattr(round_, "taking"))  # noqa: B009 - annotated, so the type does not know it


def answer_sheets(organisation: Organisation, language: str) -> list[AnswerSheet]:
    """A sheet for every round that is open or that the organisation answered, newest first, without last round's.

    Three queries, whatever the number of rounds: for overviews, which show progress and no comparison.
    """
    rounds = list(rounds_for_answering())
    submissions = {one.round_id: one for one in Submission.objects.filter(organisation=organisation)}
    rows: dict[int, dict[str, Answer]] = {}
    under_way = [one.pk for one in submissions.values() if one.state == Submission.State.STARTED]
    for row in Answer.objects.filter(submission__in=under_way).order_by("question"):
        rows.setdefault(row.submission_id, {})[row.question] = row
    nothing = PreviousAnswers(None, None, {})
    return [
        AnswerSheet(organisation, one, _taking(one), mine, rows.get(mine.pk, {}) if mine else {}, nothing, language)
        for one in rounds
        for mine in [submissions.get(one.pk)]
        if _taking(one) or mine
    ]
