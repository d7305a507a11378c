"""What changed from one version of a questionnaire to the next, and what that does to a series over time."""

from dataclasses import dataclass
from typing import Literal

from surveys.questionnaire.file import QuestionnaireFile, question_type
from surveys.questionnaire.model import Question, Relation


@dataclass(frozen=True, slots=True)
class QuestionChange:
    """One question held against the previous version.

    `relation` says what its series does: same, equivalent (may be joined, with a note) or broken; None where there is
    no series (added, removed). `changed` lists the keys of the file that differ. `suspect`: counted as the same
    although something that was asked changed, so somebody should confirm the relation in the file.
    """

    code: str
    previous_code: str | None
    change: Literal["unchanged", "changed", "added", "removed"]
    relation: Relation | None
    changed: tuple[str, ...] = ()
    suspect: bool = False


@dataclass(frozen=True, slots=True)
class DimensionChange:
    """One peer dimension held against the previous version; `added` and `gone` are codes of its options."""

    code: str
    change: Literal["changed", "added", "removed"]
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


ASKED = ("text", "definition", "ask_if", "options", "parts", "total", "unit")


def compare_versions(old: QuestionnaireFile, new: QuestionnaireFile) -> list[QuestionChange]:
    """Every question of `new` in its order, then the questions of `old` that are gone."""
    changes = [_compare(question, old) for question in new.questions]
    kept = {change.previous_code for change in changes}
    gone = (question.code for question in old.questions if question.code not in kept)
    return [*changes, *(QuestionChange(code, code, "removed", None) for code in gone)]


def compare_dimensions(old: QuestionnaireFile, new: QuestionnaireFile) -> list[DimensionChange]:
    """The peer dimensions that are not as they were."""
    before, found = {one.code: one for one in old.dimensions}, []
    for one in new.dimensions:
        was = before.pop(one.code, None)
        if was is None:
            found.append(DimensionChange(one.code, "added"))
        elif was != one:
            codes, codes_before = ([option.code for option in each.options] for each in (one, was))
            added = tuple(code for code in codes if code not in codes_before)
            gone = tuple(code for code in codes_before if code not in codes)
            found.append(DimensionChange(one.code, "changed", added, gone))
    return [*found, *(DimensionChange(code, "removed") for code in before)]


def _compare(question: Question, old: QuestionnaireFile) -> QuestionChange:
    stated = question.same_as if question.same_as and question.same_as.version == old.version else None
    previous_code = (stated.question if stated else None) or question.code
    if not old.has_question(previous_code):
        return QuestionChange(question.code, None, "added", None)
    before = old.question(previous_code)
    keys = tuple(
        key
        for key in type(question).model_fields
        if key not in ("code", "same_as") and getattr(question, key) != getattr(before, key)
    )
    relation: Relation = stated.relation if stated else "same"
    if not stated and not _joinable(question, before):
        relation = "broken"
    suspect = stated is None and relation == "same" and any(key in ASKED for key in keys)
    change: Literal["changed", "unchanged"] = "changed" if keys else "unchanged"
    return QuestionChange(question.code, previous_code, change, relation, keys, suspect)


def _joinable(question: Question, before: Question) -> bool:
    """Whether both yield the same columns; without that a series cannot be the same unless the file says so."""
    kind, kind_before = question_type(question), question_type(before)
    columns = [(column.part, column.kind, column.options) for column in kind.columns(question)]
    columns_before = [(column.part, column.kind, column.options) for column in kind_before.columns(before)]
    return question.type == before.type and columns == columns_before
