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
from surveys.selectors.shown import part_mark, shown_typed
from surveys.services.answers import Beside, Typing, beside_stored, row_as_if_saved

ABSENT = (NOT_AVAILABLE, NOT_APPLICABLE)


@dataclass(frozen=True)
class CellChange:
    """One part of an answer, or cell of a matrix, now and in the file."""

    code: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One answer that a file would change. `conflict` names who changed it after the file was downloaded.

    `cells`: of an answer with parts or cells, those that change; then `before` says only what is no figure. A cell that
    a colleague changed too is a change of its own, to be chosen by itself: `part` is its code.
    """

    question: str
    label: str
    before: str
    after: str
    shown: str
    error: str = ""
    doubt: str = ""
    conflict: str = ""
    impossible: bool = False
    cells: tuple[CellChange, ...] = ()
    is_asked: bool = True
    part: str = ""

    @property
    def name(self) -> str:
        """Name of the tick box, whose value is what was `shown`: the version, or the fingerprint of a cell."""
        return f"take-{self.question}-{self.part}" if self.part else f"take-{self.question}"


def changes_by(sheet: AnswerSheet, typings: Sequence[Typing], language: str) -> list[Change]:
    """The changes in the order of the questionnaire. `language`: in which the file writes numbers."""
    rows, refused, beside = dict(sheet.rows), {}, {}
    known = [one for one in typings if sheet.file.has_question(one.question)]
    for typing in known:
        question = sheet.file.question(typing.question)
        found = beside_stored(question, typing, sheet.rows.get(typing.question), language)
        if found is not None:
            beside[typing.question] = found
        both = typing if found is None else replace(typing, typed=found.merged)
        try:
            made = row_as_if_saved(sheet.organisation, question, both, language)
        except InvalidInput as error:
            refused[typing.question] = str(error)
        else:
            rows[typing.question] = made
    after = replace(sheet, rows=rows)
    order = {question.code: index for index, question in enumerate(sheet.file.questions)}
    changing = [one for one in known if not _same(sheet.rows.get(one.question), rows, one)]
    changing.sort(key=lambda one: order[one.question])
    edits = _found_at(after, [one.question for one in changing])
    changes = [_change(sheet, after, one, refused, edits.get(one.question, [])) for one in changing]
    return [part for one in changes for part in _apart(one, sheet, beside.get(one.question), language)]


def _apart(change: Change, sheet: AnswerSheet, beside: Beside | None, language: str) -> list[Change]:
    """The change of an answer, with each cell that a colleague changed too by itself; what one remarks goes first."""
    row = sheet.rows.get(change.question)
    if beside is None or row is None or change.impossible:
        return [change]
    there = shown_typed(sheet.file.question(change.question), row, language)
    calm = replace(change, conflict="", cells=tuple(one for one in change.cells if one.code not in beside.disputed))
    found = [calm] if calm.cells else []
    for cell in (one for one in change.cells if one.code in beside.disputed):
        mark = part_mark(there[cell.code]) if isinstance(there, dict) else ""
        label = f"{change.label} – {cell.label}"
        apart = replace(change, label=label, shown=mark, cells=(cell,), conflict=who_typed(row, None), part=cell.code)
        found.append(replace(apart, error="", doubt="") if found else apart)
    return found or [change]


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
        str(version),
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
    return tuple(CellChange(code, names[code], old[code], new[code]) for code in names if old[code] != new[code])
