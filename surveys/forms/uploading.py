"""What an uploaded file would change, answer by answer, with the edits of the page, before it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.errors import InvalidInput
from surveys.forms.question_fields import answer_text, who_typed
from surveys.forms.typed import NOT_APPLICABLE, NOT_AVAILABLE
from surveys.forms.typed_words import part_names, part_texts
from surveys.models import Answer
from surveys.questionnaire import Finding, Question
from surveys.selectors.answers import AnswerSheet
from surveys.services.answers import Typing, row_as_if_saved

ABSENT = (NOT_AVAILABLE, NOT_APPLICABLE)


@dataclass(frozen=True)
class CellChange:
    """One part of an answer, or cell of a matrix, now and in the file."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One answer that a file would change. `conflict` names who changed it after the file was downloaded.

    `cells`: of an answer with parts or cells, those that change; then `before` says only what is no figure.
    """

    question: str
    label: str
    before: str
    after: str
    version: int
    error: str = ""
    doubt: str = ""
    conflict: str = ""
    impossible: bool = False
    cells: tuple[CellChange, ...] = ()
    is_asked: bool = True

    @property
    def name(self) -> str:
        """Name of the tick box, whose value is the version that was shown."""
        return f"take-{self.question}"


def changes_by(sheet: AnswerSheet, typings: Sequence[Typing], language: str) -> list[Change]:
    """The changes in the order of the questionnaire. `language`: in which the file writes numbers."""
    rows, refused = dict(sheet.rows), {}
    known = [one for one in typings if sheet.file.has_question(one.question)]
    for typing in known:
        try:
            made = row_as_if_saved(sheet.organisation, sheet.file.question(typing.question), typing, language)
        except InvalidInput as error:
            refused[typing.question] = str(error)
        else:
            rows[typing.question] = made
    after = replace(sheet, rows=rows)
    order = {question.code: index for index, question in enumerate(sheet.file.questions)}
    changing = [one for one in known if not _same(sheet.rows.get(one.question), rows, one)]
    changing.sort(key=lambda one: order[one.question])
    found = _found_at(after, [one.question for one in changing])
    return [_change(sheet, after, one, refused, found.get(one.question, [])) for one in changing]


def _found_at(after: AnswerSheet, changing: list[str]) -> dict[str, list[Finding]]:
    """The edits by the last of the changing questions that they concern; the others are not in the list."""
    found: dict[str, list[Finding]] = {}
    for one in after.findings:
        concerned = [code for code in changing if code in one.questions]
        if concerned and not one.code.startswith("required:"):
            found.setdefault(concerned[-1], []).append(one)
    return found


def _same(row: Answer | None, rows: dict[str, Answer], typing: Typing) -> bool:
    """Whether the answer is already what the file says."""
    made = rows.get(typing.question)
    if row is None or made is None or made is row:
        return row is None and made is not None and not made.typed and not made.status
    return all(getattr(row, name) == getattr(made, name) for name in ("typed", "status", "number", "choice", "parts"))


def _change(
    before: AnswerSheet, after: AnswerSheet, typing: Typing, refused: dict[str, str], findings: Sequence[Finding]
) -> Change:
    code = typing.question
    question, row = before.file.question(code), before.rows.get(code)
    version = row.version if row else 0
    conflict = who_typed(row, None) if row and typing.base_version not in (None, version) else ""
    hard = " ".join(one.message for one in findings if one.kind == "hard")
    soft = [one for one in findings if one.needs_reason and one.code not in after.explanations]
    cells = () if code in refused else _cells(question, row, after.rows.get(code), before.language)
    compared = cells and row is not None and row.status not in ABSENT
    return Change(
        code,
        after.said(question.text),
        "" if compared else answer_text(question, row, before),
        answer_text(question, after.rows.get(code), after) if code not in refused else "",
        version,
        error=refused.get(code) or after.unread.get(code, "") or hard,
        doubt=" ".join(one.message for one in soft),
        conflict=conflict,
        impossible=code in refused,
        cells=cells,
        is_asked=code in after.due,
    )


def _cells(question: Question, row: Answer | None, made: Answer | None, language: str) -> tuple[CellChange, ...]:
    """The parts or cells that change; none when the file says something else than figures, as "not available"."""
    if made is None or made.status in ABSENT:
        return ()
    old = part_texts(question, None if row and row.status in ABSENT else row, language)
    new = part_texts(question, made, language)
    names = part_names(question, language)
    return tuple(CellChange(names[code], old[code], new[code]) for code in names if old[code] != new[code])
