"""One submission as a validator reads it: answers by theme with last round, what was found, said and decided."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from surveys.forms.compared import change_text, last_answer_text
from surveys.forms.question_fields import answer_text
from surveys.models import AnswerChange, Correction, Exclusion, Query, Submission
from surveys.questionnaire import Question
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.corrections import corrections_of
from surveys.selectors.exclusions import exclusions_of
from surveys.selectors.findings import FindingTexts, FindingView, findings_of
from surveys.selectors.queries import queries_of_submission


@dataclass
class AnswerLine:
    """One answer on the validator's page."""

    code: str
    question: str
    answer: str
    before: str
    change: str
    remarks: list[tuple[str, str]] = field(default_factory=list)  # soft edit, reason given
    findings: list[FindingView] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    exclusion: Exclusion | None = None
    corrections: list[Correction] = field(default_factory=list)
    changes: list[AnswerChange] = field(default_factory=list)
    following: str = ""  # the next answer that asks for attention

    @property
    def query(self) -> Query | None:
        """The query under way."""
        return next((one for one in self.queries if one.state != Query.State.RESOLVED), None)

    @property
    def changed_since_left_out(self) -> bool:
        """Whether the answer is another than the one that a validator left out."""
        latest = self.changes[0].changed_at if self.changes else None
        return bool(self.exclusion and latest and latest > self.exclusion.excluded_at)

    @property
    def asks(self) -> bool:
        """Whether somebody should look at it."""
        replied = self.query is not None and self.query.state == Query.State.REPLIED
        unexplained = any(not reason for _text, reason in self.remarks)
        return replied or unexplained or self.changed_since_left_out or any(one.is_open for one in self.findings)


@dataclass(frozen=True)
class SheetTheme:
    """A theme with its lines."""

    code: str
    title: str
    lines: tuple[AnswerLine, ...]

    @property
    def asking(self) -> int:
        """How many answers ask for attention."""
        return sum(line.asks for line in self.lines)


def sheet_themes(sheet: AnswerSheet, submission: Submission) -> list[SheetTheme]:
    """All themes; a handful of queries, whatever the number of answers."""
    texts = FindingTexts(sheet.file, sheet.language, sheet.values)
    found = _grouped([texts.view(one) for one in findings_of(submission)])
    queries = _grouped(queries_of_submission(submission))
    corrections = _grouped(corrections_of(submission))
    changes = _grouped(AnswerChange.objects.filter(submission=submission).select_related("changed_by").order_by("-id"))
    left_out = {one.question: one for one in exclusions_of(submission) if one.lifted_at is None}
    themes = []
    for section in sheet.file.sections:
        lines = []
        for question in section.questions:
            if question.code not in sheet.due and not found[question.code]:
                continue
            line = _line(sheet, question)
            line.findings, line.queries = found[question.code], queries[question.code]
            line.corrections, line.changes = corrections[question.code], changes[question.code]
            line.exclusion = left_out.get(question.code)
            lines.append(line)
        themes.append(SheetTheme(section.code, section.title.text(sheet.language), tuple(lines)))
    _link(themes)
    return themes


def _grouped(rows: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.question].append(row)
    return found


def _line(sheet: AnswerSheet, question: Question) -> AnswerLine:
    remarks = [
        (one.message, sheet.explanations.get(one.code, ""))
        for one in sheet.findings_at(question.code)
        if one.needs_reason
    ]
    answer = answer_text(question, sheet.rows.get(question.code), sheet)
    return AnswerLine(
        question.code,
        sheet.said(question.text),
        answer,
        last_answer_text(sheet, question),
        change_text(sheet, question),
        remarks,
    )


def _link(themes: list[SheetTheme]) -> None:
    """Each answer that asks for attention leads to the next one, and the last to the first."""
    asking = [line for theme in themes for line in theme.lines if line.asks]
    for line, following in zip(asking, [*asking[1:], *asking[:1]], strict=True):
        line.following = following.code if following is not line else ""
