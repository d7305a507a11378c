"""The questionnaire compiler: proves that a version can be answered, and says what it does to trends.

`load_questionnaire` has shown already that the file fits together and has every text in each language. Here:
`compile_questionnaire(file, previous)` gives what is proven, refuted and left open (`proving.py` says how), and every
question held against the version before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from surveys.questionnaire.compiling.proving import Proof, Refuted, prove
from surveys.questionnaire.file import QuestionnaireFile
from surveys.questionnaire.lineage import QuestionChange, compare_versions

__all__ = ["Compiled", "Proof", "Refuted", "compile_questionnaire", "explain", "prove"]


@dataclass(frozen=True)
class Compiled:
    """What compiling came to."""

    file: QuestionnaireFile
    proof: Proof
    changes: Sequence[QuestionChange]

    @property
    def breaks(self) -> tuple[str, ...]:
        """The questions whose series ends with this version: each must be confirmed by name."""
        return tuple(change.code for change in self.changes if change.relation == "broken")


def compile_questionnaire(file: QuestionnaireFile, previous: QuestionnaireFile | None) -> Compiled:
    """Prove the file and hold it against the version before it."""
    return Compiled(file, prove(file), compare_versions(previous, file) if previous is not None else [])


def explain(refuted: Refuted) -> str:
    """What is wrong and what to do, for the person who wrote the file."""
    checks = ", ".join(f"`{code}`" for code in refuted.checks)
    if refuted.kind == "unreachable":
        return (
            f"`{refuted.code}` can never be asked: its condition cannot hold together with what comes before it; "
            "correct `ask_if`"
        )
    if refuted.kind == "contradiction":
        clash = f"the hard checks {checks} leave no answer" if checks else "the ranges leave no answer"
        return f"`{refuted.code}` can never be answered: {clash}; make one of them soft, or correct it"
    if checks:
        return f"the hard check `{refuted.code}` can never hold together with {checks}: correct one of them"
    return f"`{refuted.code}` can never hold: no answer within the ranges meets it; correct it or the ranges"
