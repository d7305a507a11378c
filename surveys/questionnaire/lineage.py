"""What changed from one version of a questionnaire to the next, and what that does to a series over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from surveys.questionnaire.answers import Answers, AnswerValue
from surveys.questionnaire.checking import UNITS
from surveys.questionnaire.file import QuestionnaireFile, question_type
from surveys.questionnaire.model import Question, Relation


@dataclass(frozen=True, slots=True)
class QuestionChange:
    """One question held against the previous version.

    `relation` says what its series does: same, equivalent (may be joined, with a note) or broken; None where there is
    no series (added, removed). `changed` lists the keys of the file that differ. `suspect`: counted as the same
    although something that was asked changed, so somebody should confirm the relation in the file. `never_joined`:
    the numbers mean something else, so the series is broken whatever the file says.
    """

    code: str
    previous_code: str | None
    change: Literal["unchanged", "changed", "added", "removed"]
    relation: Relation | None
    changed: tuple[str, ...] = ()
    suspect: bool = False
    never_joined: bool = False


@dataclass(frozen=True, slots=True)
class CheckChange:
    """One check across questions held against the previous version; `kind` is what it is now, of a removed one was."""

    code: str
    change: Literal["changed", "added", "removed"]
    kind: Literal["hard", "soft"]


@dataclass(frozen=True, slots=True)
class DimensionChange:
    """One peer dimension held against the previous version; `added` and `gone` are codes of its options."""

    code: str
    change: Literal["changed", "added", "removed"]
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


# What is said otherwise may mean the same: somebody who knows should say so.
ASKED = ("text", "definition", "ask_if", "options", "parts", "rows", "scale", "total", "unit")


def compare_versions(old: QuestionnaireFile, new: QuestionnaireFile) -> list[QuestionChange]:
    """Every question of `new` in its order, then the questions of `old` that are gone."""
    changes = [_compare(question, old) for question in new.questions]
    kept = {change.previous_code for change in changes}
    gone = (question.code for question in old.questions if question.code not in kept)
    return [*changes, *(QuestionChange(code, code, "removed", None) for code in gone)]


def joined_questions(old: QuestionnaireFile, new: QuestionnaireFile) -> dict[str, tuple[str, Relation]]:
    """Question code → (code then, `same` or `equivalent`), for those whose definition is the same."""
    return {
        one.code: (one.previous_code, one.relation)
        for one in compare_versions(old, new)
        if one.previous_code and one.relation in ("same", "equivalent") and not one.suspect
    }


def answers_then(joined: Mapping[str, tuple[str, str]], previous: Answers) -> dict[str, AnswerValue]:
    """Last round's answers by the codes of this round, where the definition is the same (`joined_questions`)."""
    return {code: previous[then] for code, (then, _relation) in joined.items() if then in previous}


def compare_checks(old: QuestionnaireFile, new: QuestionnaireFile) -> list[CheckChange]:
    """The checks that are not as they were: a new hard one refuses what could be handed in last time."""
    before, found = {one.code: one for one in old.checks}, []
    for one in new.checks:
        was = before.pop(one.code, None)
        if was is None:
            found.append(CheckChange(one.code, "added", one.kind))
        elif (was.kind, was.expression) != (one.kind, one.expression):
            found.append(CheckChange(one.code, "changed", one.kind))
    return [*found, *(CheckChange(one.code, "removed", one.kind) for one in before.values())]


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
    never = _counts_otherwise(question, before)
    if never or (not stated and not _joinable(question, before)):
        relation = "broken"
    suspect = stated is None and relation == "same" and _asks_otherwise(question, before)
    change: Literal["changed", "unchanged"] = "changed" if keys else "unchanged"
    return QuestionChange(question.code, previous_code, change, relation, keys, suspect, never)


def _asks_otherwise(question: Question, before: Question) -> bool:
    """Whether anything that is read before answering changed; ranges and decimals of cells do not count."""

    def read(one: Question) -> tuple[object, ...]:
        cells = [(column.label, column.type, column.unit) for column in one.columns or ()]
        return (*(getattr(one, key) for key in ASKED), cells, one.detail and (one.detail.label, one.detail.when))

    return read(question) != read(before)


def _counts_otherwise(question: Question, before: Question) -> bool:
    """Whether the numbers count something else, which no statement in a file can join: points of another scale or with
    the other end good, other periods, and other units where the types themselves have one (seconds, euro, %, days).
    """
    pairs = [(UNITS.get(question.type), UNITS.get(before.type)), (_points(question), _points(before))]
    if question.type == before.type == "period":
        pairs.append((question.precision, before.precision))
    types = {one.code: one.type for one in before.columns or ()}
    pairs += [(UNITS.get(one.type), UNITS.get(types[one.code])) for one in question.columns or () if one.code in types]
    return any(now != then for now, then in pairs if now and then)


def _points(question: Question) -> tuple[object, ...] | None:
    scale = question.scale
    return None if scale is None else (scale.min, scale.max, scale.direction)


def _joinable(question: Question, before: Question) -> bool:
    """Whether both yield the same columns in the same units, and ask words after the same answer; without that a
    series cannot be the same unless the file says so.
    """
    detail, detail_before = question.detail, before.detail
    other_words = detail is not None and detail_before is not None and detail.when != detail_before.when
    return _yields(question) == _yields(before) and not other_words


def _yields(question: Question) -> tuple[object, ...]:
    columns = [(one.part, one.kind, one.options) for one in question_type(question).columns(question)]
    cells = [(one.code, one.type, one.unit) for one in question.columns or ()]
    return question.type, columns, cells, question.unit, question.total
