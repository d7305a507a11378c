"""What a participant's page posts, read back as typings.

Each question on a page carries a hidden mark: the version that the page showed and a fingerprint of what stood there,
of a table or a set also one of each cell or part. A question whose fields still match its mark was not touched, so a
whole page that is posted without JavaScript changes only what somebody typed, and cannot undo what a colleague did
meanwhile at another question or in another cell.

A page that comes back with what was posted carries the posted marks, not those of what is stored by now: posted again
it means the same again. Only `keep-<question>` says that somebody has seen another answer and wants the own one.

Field names: `a-<question>` (parts: `a-<question>-<part>`, words beside a choice: `a-<question>-namely`),
`na-<question>` (1: not available, 2: not applicable), `v-<question>` (the mark), `keep-<question>` (the mark of the
answer that the own one shall replace), `why-<question>` (the reason at its soft edits), `w-<question>` (its mark: which
reason the page showed, and for which values), `keepwhy-<question>` (the mark of the reason that the own one replaces).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict

from surveys.questionnaire import AnswerStatus, Question, QuestionnaireFile, Typed, question_type
from surveys.selectors.reasons import text_mark
from surveys.selectors.shown import part_mark
from surveys.services.answers import Typing

ABSENT_CHOICE = "-not-available-"  # no option can have this code
NO_MATTER_CHOICE = "-not-applicable-"
NOT_AVAILABLE = int(AnswerStatus.NOT_AVAILABLE)
NOT_APPLICABLE = int(AnswerStatus.NOT_APPLICABLE)
ABSENT_CHOICES = {ABSENT_CHOICE: NOT_AVAILABLE, NO_MATTER_CHOICE: NOT_APPLICABLE}
ANSWER, MARK, ABSENT, REASON, KEEP = "a-", "v-", "na-", "why-", "keep-"
REASON_MARK, KEEP_REASON = "w-", "keepwhy-"


@dataclass(frozen=True)
class Posted(Typing):
    """A typing with the `mark` that its page had for the question."""

    mark: str = ""


def mark_of(version: int, typed: Typed, status: int) -> str:
    """The hidden mark of a question that shows `typed` (and whether "not available" is ticked)."""
    absent = status == NOT_AVAILABLE or (status if status == NOT_APPLICABLE else False)
    shown = json.dumps([typed, absent], sort_keys=True)
    parts = "".join(map(part_mark, typed.values())) if isinstance(typed, Mapping) else ""
    return f"{version}.{hashlib.sha256(shown.encode()).hexdigest()[:16]}{parts and '.'}{parts}"


def _shown_parts(question: Question, mark: str) -> dict[str, str] | None:
    """The fingerprint of each part or cell as the page showed it; None where the mark has none."""
    kind, marks = question_type(question), mark.split(".")[-1]
    codes = kind.part_codes(question) if kind.holding(question) == "parts" else ()
    if not codes or len(marks) != 8 * len(codes):
        return None
    return {code: marks[8 * at : 8 * at + 8] for at, code in enumerate(codes)}


def questions_in(file: QuestionnaireFile, post: QueryDict) -> list[Question]:
    """The questions that the post holds, in the order of the questionnaire."""
    return [question for question in file.questions if MARK + question.code in post]


def read_typing(question: Question, post: QueryDict) -> Typing:
    """What the fields of one question hold, with the version that the page showed."""
    name, version = ANSWER + question.code, _version(question, post)
    kind = question_type(question)
    said = ABSENT_CHOICES.get(post.get(name, "")) if kind.options(question) or kind.points(question) else None
    if said is not None:
        return Typing(question.code, kind.empty(question), said, version)
    ticked = post.getlist(ABSENT + question.code)
    status = (NOT_APPLICABLE if str(NOT_APPLICABLE) in ticked else NOT_AVAILABLE) if any(ticked) else 0
    mark = post.get(KEEP + question.code) or post.get(MARK + question.code, "")
    return Typing(question.code, _typed(question, post), status, version, _shown_parts(question, mark))


def _typed(question: Question, post: QueryDict) -> Typed:
    """What the fields of one question hold, in the shape of its type."""
    name, kind = ANSWER + question.code, question_type(question)
    held = kind.holding(question)
    if held == "parts":
        return {code: post.get(f"{name}-{code}", "") for code in kind.part_codes(question)}
    if held == "chosen":
        chosen = "|".join(code for code in post.getlist(name) if code)
        return {"chosen": chosen, "namely": post.get(f"{name}-namely", "").replace("\r\n", "\n")}
    if held == "list":
        return [code for code in post.getlist(name) if code]
    return post.get(name, "").replace("\r\n", "\n")


def _version(question: Question, post: QueryDict) -> int:
    mark = post.get(KEEP + question.code) or post.get(MARK + question.code, "")
    version = mark.partition(".")[0]
    return int(version) if version.isdecimal() and len(version) < 10 else 0


def touched(question: Question, typing: Typing, post: QueryDict) -> bool:
    """Whether the fields differ from what the page showed, or shall replace an answer that was seen beside them."""
    if KEEP + question.code in post:
        return True
    fingerprint = post.get(MARK + question.code, "").partition(".")[2]
    return fingerprint != mark_of(0, typing.typed, typing.status).partition(".")[2]


def read_typings(file: QuestionnaireFile, post: QueryDict) -> tuple[list[Posted], list[Posted]]:
    """(touched, all) typings of a posted page."""
    both = [
        (one, Posted(**vars(read_typing(one, post)), mark=post.get(MARK + one.code, "")))
        for one in questions_in(file, post)
    ]
    return [typing for question, typing in both if touched(question, typing, post)], [typing for _q, typing in both]


@dataclass(frozen=True)
class PostedReason:
    """A reason as posted with its `mark`; `chosen` when it shall replace another one that was seen beside it."""

    text: str
    mark: str
    chosen: bool = False

    @property
    def touched(self) -> bool:
        """Whether the field holds something else than the page showed, or shall replace what was seen."""
        return self.chosen or text_mark(self.text) != self.base

    @property
    def base(self) -> str:
        """The fingerprint of the reason that the page showed."""
        return self.mark.partition(".")[0] or text_mark("")

    def outdated(self, now: str) -> bool:
        """Whether it was written about other values than those with the mark `now`."""
        about = self.mark.partition(".")[2]
        return bool(about) and about != now.partition(".")[2]


def read_reasons(questions: Iterable[Question], post: QueryDict) -> dict[str, PostedReason]:
    """The reasons given at soft edits, by question; only those that the page asked for."""
    found = {}
    for code in (one.code for one in questions if REASON + one.code in post):
        chosen = post.get(KEEP_REASON + code, "")
        mark = chosen or post.get(REASON_MARK + code, "")
        found[code] = PostedReason(post.get(REASON + code, ""), mark, bool(chosen))
    return found
