"""Proves that a questionnaire can be answered: for each question, whole answers in which it is asked and answered and
no hard edit is left; for each hard check, answers that meet it.

What is proven is proven by example: the answers are judged by `check_submission` itself, as a submission is. What is
refuted is refuted by a search without result over everything that can be answered (numbers up to 10⁹). In between is
"not proven": conditions that are not linear, or that can be met in very many ways.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from surveys.questionnaire.answers import AnswerStatus, AnswerValue
from surveys.questionnaire.compiling.domains import Domains, domains_of
from surveys.questionnaire.compiling.linear import UndecidedError
from surveys.questionnaire.compiling.searching import Found, Goal, Search
from surveys.questionnaire.expression_nodes import Call, Node
from surveys.questionnaire.file import QuestionnaireFile, question_type
from surveys.questionnaire.model import Check, Question
from surveys.questionnaire.piping import ORGANISATION, ROUND
from surveys.questionnaire.routing import due_questions
from surveys.questionnaire.submission import check_submission

TURNS = 8


@dataclass(frozen=True, slots=True)
class Refuted:
    """Something that nobody can answer: a question or a check, why, and the checks that clash."""

    kind: str  # `unreachable`, `contradiction`, `impossible`
    code: str
    checks: tuple[str, ...] = ()


@dataclass
class Proof:
    """What was proven, refuted, and left open."""

    asked: set[str] = field(default_factory=set)
    checks: set[str] = field(default_factory=set)
    refuted: list[Refuted] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    witnesses: int = 0


def prove(file: QuestionnaireFile) -> Proof:
    """Prove what can be proven of a questionnaire that fits together."""
    prover = _Prover(file, domains_of(file))
    for question in sorted(file.questions, key=lambda one: one.condition is not None):
        if question.code not in prover.proof.asked:
            prover.prove_question(question)
    for check in file.checks:
        if check.kind == "hard" and check.code not in prover.proof.checks:
            prover.prove_check(check)
    return prover.proof


def _codes(node: Node) -> Iterator[str]:
    """The questions whose answers an expression cannot do without; those inside sum(…) and the like it can."""
    if isinstance(node, Call):
        return
    parts = node.parts()
    if not parts:
        yield from (name.partition(".")[0] for name in node.names())
    for part in parts:
        yield from _codes(part)


@dataclass
class _Prover:
    file: QuestionnaireFile
    domains: Domains
    proof: Proof = field(default_factory=Proof)

    @property
    def hard(self) -> list[Check]:
        return [check for check in self.file.checks if check.kind == "hard"]

    def prove_question(self, question: Question) -> None:
        """Find answers in which it is asked and answered, or say why there are none."""
        needed = self.chain([question.code])
        self._decide(question.code, needed, [], lambda: self._why_not(question, needed))

    def prove_check(self, check: Check) -> None:
        """Find answers that meet the check, or say why there are none."""
        needed = self.chain(_codes(check.parsed.node))
        refuted = Refuted("impossible", check.code, self._clash(needed, check))
        self._decide(f"check:{check.code}", needed, [(check.parsed.node, True)], lambda: refuted)

    def _decide(self, name: str, needed: set[str], more: list[Goal], why_not: Callable[[], Refuted]) -> None:
        try:
            search = self.search(needed)
            if search.first([*self.goals(needed), *more]) is None and not search.skipped:
                self.proof.refuted.append(why_not())
            elif not self._witness(needed, more):
                self.proof.open.append(name)
        except UndecidedError:
            self.proof.open.append(name)

    def chain(self, codes: Iterable[str]) -> set[str]:
        """The questions, and those that must be answered before they are asked."""
        found: set[str] = set()
        waiting = [code for code in codes if self.file.has_question(code)]
        while waiting:
            code = waiting.pop()
            if code not in found:
                found.add(code)
                waiting += self.file.question(code).depends_on
        return found

    def conditions(self, needed: Collection[str]) -> list[Goal]:
        """What makes these questions be asked."""
        asked = (self.file.question(code).condition for code in sorted(needed))
        return [(one.node, True) for one in asked if one is not None]

    def applying(self, needed: Collection[str], *, whole: bool = False) -> list[Check]:
        """The hard checks that have all that they need; `whole`: also everything that their sums may count."""

        def codes(check: Check) -> set[str]:
            named = (name.partition(".")[0] for name in check.parsed.names)
            return set(named if whole else _codes(check.parsed.node)) - {"organisation", "round"}

        return [check for check in self.hard if codes(check) <= set(needed)]

    def goals(self, needed: Collection[str], without: Collection[str] = ()) -> list[Goal]:
        """The questions are asked, and the hard checks that nothing else can rescue hold."""
        checks = [check for check in self.applying(needed, whole=True) if check.code not in without]
        return [*self.conditions(needed), *((check.parsed.node, True) for check in checks)]

    def search(self, needed: Collection[str]) -> Search:
        """A search over the answers to these questions."""
        numbers = {
            name: one
            for name, one in self.domains.numbers.items()
            if name.partition(".")[0] in needed or name.startswith(ROUND)
        }
        return Search(self.domains, numbers, [row for code, row in self.domains.sums.items() if code in needed])

    def _why_not(self, question: Question, needed: set[str]) -> Refuted:
        search = self.search(needed)
        if search.first(self.conditions(needed)) is None:
            sums = question.code in self.domains.sums and question.condition is None
            return Refuted("impossible" if sums else "unreachable", question.code)
        return Refuted("contradiction", question.code, self._clash(needed))

    def _clash(self, needed: set[str], also: Check | None = None) -> tuple[str, ...]:
        """A smallest set of checks that cannot hold together: leaving any of them out makes it possible."""
        candidates = [check.code for check in self.applying(needed, whole=True)]
        more: list[Goal] = [] if also is None else [(also.parsed.node, True)]
        left_out: list[str] = [] if also is None else [also.code]
        kept = [code for code in candidates if code not in left_out]
        for code in list(kept):
            trial = [*left_out, code]
            if self.search(needed).first([*self.goals(needed, trial), *more]) is None:
                left_out.append(code)
                kept.remove(code)
        return tuple(kept)

    def _witness(self, needed: set[str], more: list[Goal]) -> bool:
        """Complete answers: everything that is asked, or else only what must be answered."""
        return self._filled_in(needed, more, everything=True) or self._filled_in(needed, more, everything=False)

    def _filled_in(self, target: set[str], more: list[Goal], *, everything: bool) -> bool:
        """Answers found by filling in what is asked until nothing new is asked and no hard edit is left."""
        present = set(target)
        for _turn in range(TURNS):
            found = self.search(present).first([*self.conditions(target), *self._checks(present), *more])
            if found is None:
                return False
            answers = self._answers(found, present)
            due = {one.code: one for one in due_questions(self.file, answers)}
            hard = [one for one in check_submission(self.file, answers) if one.kind == "hard"]
            wanted = {code for code, one in due.items() if everything or one.required}
            if wanted <= present and target <= due.keys() and not hard:
                self._keep(present & due.keys())
                return True
            present = target | wanted
        return False

    def _checks(self, present: set[str]) -> list[Goal]:
        return [(check.parsed.node, True) for check in self.applying(present)]

    def _keep(self, due: set[str]) -> None:
        self.proof.witnesses += 1
        self.proof.asked |= due
        self.proof.checks |= {check.code for check in self.applying(due)}

    def _answers(self, found: Found, present: set[str]) -> dict[str, AnswerValue]:
        answers = {code: self._answer(self.file.question(code), found) for code in present}
        for name, options in found.choices.items():
            if name.startswith(ORGANISATION) and options:
                answers[name] = AnswerValue(AnswerStatus.ANSWERED, choice=options[0])
        for name in (ROUND + "year", ROUND + "month"):
            answers[name] = AnswerValue(AnswerStatus.ANSWERED, number=found.numbers[name])
        return answers

    def _answer(self, question: Question, found: Found) -> AnswerValue:
        kind, code = question_type(question), question.code
        if question.type == "multiple_choice":
            return AnswerValue(AnswerStatus.ANSWERED, choices=self._ticked(question, found), text="x")
        if kind.options(question):
            return AnswerValue(AnswerStatus.ANSWERED, choice=found.choices[code][0], text="x")
        if kind.part_codes(question):
            parts = {part: found.numbers[f"{code}.{part}"] for part in kind.part_codes(question)}
            return AnswerValue(AnswerStatus.ANSWERED, parts=parts)
        if code in found.numbers:
            return AnswerValue(AnswerStatus.ANSWERED, number=found.numbers[code])
        return AnswerValue(AnswerStatus.ANSWERED, text="x")

    def _ticked(self, question: Question, found: Found) -> tuple[str, ...]:
        options = question_type(question).options(question)
        flags = {one.code: found.flags.get(f"{question.code}.{one.code}") for one in options}
        chosen = [one.code for one in options if flags[one.code]]
        free = sorted((one for one in options if flags[one.code] is None), key=lambda one: one.exclusive)
        return tuple(chosen) or tuple(one.code for one in free[:1])
