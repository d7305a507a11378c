"""What the compiler says of a draft, as often as somebody looks at it."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from surveys.models import QuestionnaireDraft, QuestionnaireVersion
from surveys.questionnaire import QuestionChange, QuestionnaireErrors, QuestionnaireFile, load_questionnaire
from surveys.questionnaire.compiling import Proof, compile_questionnaire, explain
from surveys.questionnaire.dutch import in_language
from surveys.questionnaire.lineage import CheckChange, DimensionChange, compare_checks, compare_dimensions
from surveys.questionnaire.located import Path
from surveys.questionnaire.writing import read_plain
from surveys.readers import what_readers_miss
from surveys.selectors.rounds import questionnaire_versions


@dataclass(frozen=True)
class DraftProblem:
    """One thing that keeps the draft from becoming a version, with its place in the file."""

    message: str
    path: Path
    line: int = 0

    @property
    def place(self) -> str:
        """The page on which it is corrected, as `drafting_places` names it; empty when there is none."""
        lists = {"checks": "check", "dimensions": "dimension"}
        if len(self.path) > 1 and self.path[0] in lists:
            return f"{lists[str(self.path[0])]}-{self.path[1]}"
        if self.path[:1] == ("sections",) and len(self.path) > 3 and self.path[2] == "questions":
            return f"question-{self.path[1]}-{self.path[3]}"
        if self.path[:1] == ("sections",) and len(self.path) > 1:
            return f"section-{self.path[1]}"
        return "head" if self.path[:1] in (("version",), ("title",)) else ""


@dataclass(frozen=True)
class DraftReport:
    """What the compiler found: problems, or the file with its proof, differences, and what must be confirmed."""

    problems: list[DraftProblem]
    file: QuestionnaireFile | None = None
    proof: Proof | None = None
    previous: QuestionnaireVersion | None = None
    changes: list[QuestionChange] = field(default_factory=list)
    missed: list[tuple[str, str]] = field(default_factory=list)
    dimension_changes: list[DimensionChange] = field(default_factory=list)
    check_changes: list[CheckChange] = field(default_factory=list)

    @property
    def breaks(self) -> list[str]:
        """The questions whose series ends."""
        return [one.code for one in self.changes if one.relation == "broken"]

    @property
    def to_confirm(self) -> list[str]:
        """The names to be typed before it is stored."""
        return list(dict.fromkeys([*self.breaks, *(name for name, _sentence in self.missed)]))

    @property
    def proven(self) -> str:
        """What was proven, in a sentence."""
        if self.proof is None or self.file is None:
            return ""
        hard = sum(check.kind == "hard" for check in self.file.checks)
        return _(
            "%(asked)s of %(questions)s questions can be asked and answered with no hard edit left;"
            " %(met)s of %(hard)s hard checks can be met (shown by %(witnesses)s example submissions)."
        ) % {
            "asked": sum(one.code in self.proof.asked for one in self.file.questions),
            "questions": len(self.file.questions),
            "met": len(self.proof.checks),
            "hard": hard,
            "witnesses": self.proof.witnesses,
        }


def drafts() -> QuerySet[QuestionnaireDraft]:
    """All drafts, the one that was changed last first."""
    return QuestionnaireDraft.objects.select_related("changed_by", "based_on").defer("source")


def report_on(draft: QuestionnaireDraft, language: str) -> DraftReport:
    """Compile the draft against the newest stored version of its questionnaire."""
    try:
        file = _loaded(draft.source)
    except QuestionnaireErrors as error:
        found = error.problems
        return DraftReport(
            [DraftProblem(in_language(one.message, language), _path_of(one.path), one.line) for one in found]
        )
    previous = questionnaire_versions(file.questionnaire).first()
    compiled = compile_questionnaire(file, previous.file if previous else None)
    places = _places(file, read_plain(draft.source))
    refuted = compiled.proof.refuted
    problems = [DraftProblem(in_language(explain(one), language), places.get(one.code, ())) for one in refuted]
    dimensions = compare_dimensions(previous.file, file) if previous else []
    checks = compare_checks(previous.file, file) if previous else []
    return DraftReport(
        problems, file, compiled.proof, previous, list(compiled.changes), what_readers_miss(file), dimensions, checks
    )


@lru_cache(maxsize=8)
def _loaded(source: str) -> QuestionnaireFile:
    return load_questionnaire(source)


def _places(file: QuestionnaireFile, data: dict[str, Any]) -> dict[str, Path]:
    """Where questions and checks stand in the file as written; copies of a repeated question at their theme."""
    found: dict[str, Path] = {one.code: ("checks", at) for at, one in enumerate(file.checks)}
    for at, section in enumerate(file.sections):
        found |= {one.code: ("sections", at) for one in section.questions}
    for at, written in enumerate(data["sections"]):
        for index, one in enumerate(written["questions"]):
            found[one["code"]] = ("sections", at, "questions", index)
    return found


def _path_of(written: str) -> Path:
    """`sections[2].questions[3].text` back as a path."""
    steps: list[str | int] = []
    for part in written.replace("[", ".[").split("."):
        if part.startswith("[") and part.endswith("]") and part[1:-1].isdecimal():
            steps.append(int(part[1:-1]))
        elif part:
            steps.append(part)
    return tuple(steps)
