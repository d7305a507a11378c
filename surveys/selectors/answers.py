"""Reading one organisation's answers, of this round and of the one before, and everything that follows from them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.kept_queries import KeptQuery, Place
from portal.models import Organisation
from surveys.models import Answer, Round, Submission, Withdrawal
from surveys.questionnaire import (
    NO_ANSWER,
    NOT_APPLICABLE,
    AnswerError,
    AnswerValue,
    Finding,
    LocalText,
    Question,
    QuestionnaireFile,
    due_questions,
    parse_answer,
    piped,
    progress,
)
from surveys.questionnaire.lineage import answers_then
from surveys.questionnaire.piping import profile_names
from surveys.questionnaire.submission import Edits, comparable
from surveys.selectors.previous import (
    NOTHING_BEFORE,
    Lineage,
    PreviousAnswers,
    carried_reasons,
    lineage,
    previous_submission,
)
from surveys.selectors.profile import profile_values
from surveys.selectors.reasons import about, reason_for
from surveys.selectors.stored import VALUE_FIELDS, stored_value


def submission_of(organisation: Organisation, round_: Round) -> Submission | None:
    """The organisation's submission to the round, if there is one."""
    return Submission.objects.filter(organisation=organisation, round=round_).first()


def dimensions_in(organisation: Organisation, round_: Round) -> dict[str, str]:
    """The peer dimensions under which the organisation was counted in the round; today's where it was not frozen."""
    submission = submission_of(organisation, round_)
    frozen: dict[str, str] | None = submission.dimensions if submission is not None else None
    today: dict[str, str] = organisation.dimensions
    return today if frozen is None else frozen


def answer_rows(submission: Submission) -> dict[str, Answer]:
    """The stored rows by question code."""
    return {row.question: row for row in submission.answers.order_by("question")}


ROWS_OF_BOTH = KeptQuery(
    lambda place: Answer.objects.filter(Q(submission=place("mine")) | Q(submission=place("earlier")))
)


def rows_with_previous(
    submission: Submission | None, before: PreviousAnswers
) -> tuple[dict[str, Answer], PreviousAnswers]:
    """The stored rows of this round by question code, and the round before with its answers. One query for both."""
    own = submission.pk if submission else None
    asked = own is not None or before.submission_id is not None
    rows = ROWS_OF_BOTH(mine=own, earlier=before.submission_id) if asked else ()
    mine, earlier = {}, []
    for row in sorted(rows, key=lambda row: row.question):
        if row.submission_id == before.submission_id:
            earlier.append(row)
        else:
            mine[row.question] = row
    return mine, before.with_answers(earlier)


def values_of(file: QuestionnaireFile, rows: dict[str, Answer]) -> dict[str, AnswerValue]:
    """The rows as values for routing, edits and progress; questions that the version does not have are left out."""
    return {
        code: stored_value(file.question(code), *(getattr(row, name) for name in VALUE_FIELDS))
        for code, row in rows.items()
        if file.has_question(code)
    }


def rounds_for_answering(organisation: Organisation | Place) -> QuerySet[Round]:
    """Rounds that left the draft. `asked_at`: now, by the database's clock, which decides whether they take answers.

    `withdrawn`: the organisation left the round, or everything; then its answers can be read and not changed.
    """
    left = Withdrawal.objects.filter(Q(round=OuterRef("pk")) | Q(round=None), organisation=organisation)
    rows = Round.objects.exclude(state=Round.State.DRAFT).annotate(withdrawn=Exists(left), asked_at=Now())
    return rows.select_related("version__questionnaire").defer("version__source")


def _round_query(*names: str) -> KeptQuery[Round]:
    """A round by its code, with the organisation's submission to it as `mine`."""

    def write(place: type[Place]) -> QuerySet[Round]:
        mine = FilteredRelation("submissions", condition=Q(submissions__organisation=place("organisation")))
        found = rounds_for_answering(place("organisation")).filter(code=place("code")).annotate(mine=mine)
        return found.select_related(*names).order_by()[:1]

    return KeptQuery(write)


ROUND, ROUND_AND_NAMES = _round_query("mine"), _round_query("mine__submitted_by", "mine__signed_by")


def _taking(round_: Any) -> bool:
    """Whether the round takes the organisation's answers."""
    in_time = round_.closes_at is None or round_.closes_at > round_.asked_at
    return bool(round_.state == Round.State.OPEN and in_time and not round_.withdrawn)


@dataclass(frozen=True)
class AnswerSheet:
    """One organisation's answers to one round as the answering pages need them; made by `answer_sheet`.

    `taking`: the round takes the organisation's answers at this moment. All sentences are in `language`.
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
    def withdrawn(self) -> bool:
        """Whether the organisation left this round, or everything."""
        return bool(getattr(self.round, "withdrawn", False))

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
        """The stored answers as values, with the organisation's profile where the questionnaire uses it."""
        return profile_values(self.file, self.round, self.organisation) | values_of(self.file, self.rows)

    def said(self, text: LocalText | None) -> str:
        """A text of the questionnaire with earlier answers in their places; empty when there is none."""
        return "" if text is None else piped(text, self.file, self.values, self.language)

    @cached_property
    def due(self) -> frozenset[str]:
        """Codes of the questions that are asked, given the answers."""
        return frozenset(question.code for question in due_questions(self.file, self.values))

    @cached_property
    def progress(self) -> dict[str, tuple[int, int]]:
        """(answered, due) by section code."""
        return progress(self.file, self.values, self.due)

    @cached_property
    def totals(self) -> tuple[int, int]:
        """(answered, due) of the whole questionnaire."""
        return sum(done for done, _due in self.progress.values()), sum(due for _done, due in self.progress.values())

    @cached_property
    def findings(self) -> list[Finding]:
        """Every edit on the stored answers, in the order of the questionnaire."""
        return [finding for question in self.file.questions for finding in self.findings_at(question.code)]

    def findings_at(self, question: str) -> list[Finding]:
        """The findings that are shown at a question: it is the last one that they concern."""
        if question not in self._findings:
            self._findings[question] = self._edits.at(self.file.question(question))
        return self._findings[question]

    @cached_property
    def _findings(self) -> dict[str, list[Finding]]:
        return {}

    @cached_property
    def _edits(self) -> Edits:
        now = {one.code: self._counted(one.code) for one in self.file.questions}
        return Edits(self.file, now, profile_names(self.values), self.answers_then, self.language)

    def _counted(self, question: str) -> AnswerValue:
        return self.values.get(question, NO_ANSWER) if question in self.due else NOT_APPLICABLE

    @cached_property
    def lineage(self) -> Lineage:
        """Question code → (code last round, `same` or `equivalent`), where the definition did not change."""
        before = self.previous.round
        return lineage(before.version, self.round.version) if before else {}

    @cached_property
    def carried(self) -> dict[str, str]:
        """Reasons given last round that still hold, so that they are not asked again, by finding code."""
        return self._every(self.carried_at) if self.previous.explanations else {}

    def carried_at(self, question: str) -> dict[str, str]:
        """As `carried`, of the findings that are shown at one question."""
        if not self.previous.explanations:
            return {}
        found = self.findings_at(question)
        reasons = carried_reasons(found, self.values, self.previous, self.lineage) if found else {}
        given = self.given_at(question) if reasons else {}
        return {code: reason for code, reason in reasons.items() if code not in given}

    @cached_property
    def explanations(self) -> dict[str, str]:
        """Reasons that count at soft edits, by finding code: given now, or carried over from last round."""
        return self.carried | self.given

    @cached_property
    def given(self) -> dict[str, str]:
        """Reasons given this round for the values as they are now, by finding code."""
        return self._every(self.given_at) if self.submission is not None and self.submission.explanations else {}

    def given_at(self, question: str) -> dict[str, str]:
        """As `given`, of the findings that are shown at one question."""
        mine = self.submission
        if mine is None or not mine.explanations:
            return {}
        found = [one for one in self.findings_at(question) if one.code in mine.explanations]
        held = {one.code: reason_for({one.code: self.about(one)}, mine.explanations, mine.explained) for one in found}
        return {code: reason for code, reason in held.items() if reason}

    def _every(self, at: Callable[[str], dict[str, str]]) -> dict[str, str]:
        return {code: reason for one in self.file.questions for code, reason in at(one.code).items()}

    def about(self, finding: Finding) -> str:
        """A fingerprint of the values that a finding is about."""
        if finding.code not in self._abouts:
            self._abouts[finding.code] = about(finding, self.values)
        return self._abouts[finding.code]

    @cached_property
    def _abouts(self) -> dict[str, str]:
        return {}

    def asked_at(self, question: str) -> list[Finding]:
        """The soft edits at a question that ask for a reason, answered or not."""
        carried = self.carried_at(question)
        return [one for one in self.findings_at(question) if one.needs_reason and one.code not in carried]

    @cached_property
    def unread(self) -> dict[str, str]:
        """What was typed at a question that is asked and could not be read: why, by question code."""
        rows = ((code, row) for code, row in self.rows.items() if not row.is_valid and code in self.due)
        return {
            code: reading_error(self.file.question(code), row, self.language) or _("What was typed cannot be read.")
            for code, row in rows
        }

    @cached_property
    def answers_then(self) -> dict[str, AnswerValue]:
        """Last round's own answers by the codes of this round, where the definition is the same."""
        return answers_then(self.lineage, self.previous.answers) if self.previous.answers else {}

    def before(self, question: Question) -> AnswerValue | None:
        """Last round's own answer where it may be compared with this question's."""
        return comparable(question, self.answers_then)

    def then(self, question: Question) -> tuple[Question, AnswerValue] | None:
        """Last round's own answer with the question as it was asked then, to be read and not compared; None where
        nothing was answered, or where the file says that the series is broken.
        """
        stated, file = question.same_as, self.previous.questionnaire
        code = (stated.question if stated else None) or question.code
        value = self.previous.answers.get(code)
        if file is None or value is None or not value.answered or (stated and stated.relation == "broken"):
            return None
        return file.question(code), value


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
    round_ = (ROUND_AND_NAMES if with_rows else ROUND).one(organisation=organisation.pk, code=code)
    if round_ is None:
        return None
    submission: Submission | None = getattr(round_, "mine", None)
    if submission is not None:
        submission.round, submission.organisation = round_, organisation
    before = previous_submission(organisation, round_)
    rows: dict[str, Answer] = {}
    if with_rows:
        rows, before = rows_with_previous(submission, before)
    return AnswerSheet(organisation, round_, _taking(round_), submission, rows, before, language)


def answer_sheets(organisation: Organisation, language: str) -> list[AnswerSheet]:
    """A sheet for every round that is open or that the organisation answered, newest first, without last round's.

    Three queries, whatever the number of rounds: for overviews, which show progress and no comparison.
    """
    rounds = list(rounds_for_answering(organisation))
    submissions = {one.round_id: one for one in Submission.objects.filter(organisation=organisation)}
    rows: dict[int, dict[str, Answer]] = {}
    under_way = [one.pk for one in submissions.values() if one.state == Submission.State.STARTED]
    for row in Answer.objects.filter(submission__in=under_way).order_by("question"):
        rows.setdefault(row.submission_id, {})[row.question] = row
    return [
        AnswerSheet(
            organisation, one, _taking(one), mine, rows.get(mine.pk, {}) if mine else {}, NOTHING_BEFORE, language
        )
        for one in rounds
        for mine in [submissions.get(one.pk)]
        if _taking(one) or mine
    ]
