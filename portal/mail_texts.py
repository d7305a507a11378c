"""Texts of mails that staff write: fixed placeholders in braces and nothing else.

    Dear {person}, {organisation} has {days_left} days left to answer {round}: {address}

A placeholder is replaced by a text that the caller made; there is no way to reach an attribute, a setting or another
value from it, and what was filled in is never read again. Two braces, {{ and }}, stand for one. `problems_in` finds
what is wrong with a text and where; `fill_text` and `fill_subject` refuse a text that has problems.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.errors import InvalidInput

LONGEST = 10_000
# What a text may name; a kind of mail offers some of these. Label for staff, and an example for the preview.
PLACEHOLDERS: dict[str, tuple[Any, str]] = {
    "person": (gettext_lazy("name of the person who gets the mail"), "Sanne de Vries"),
    "organisation": (gettext_lazy("name of the organisation"), "Gemeente Oosterwolde"),
    "round": (gettext_lazy("title of the round"), "Benchmark 2026"),
    "deadline": (gettext_lazy("last day to send in"), "31 maart 2026"),
    "days_left": (gettext_lazy("number of days until then"), "12"),
    "answered": (gettext_lazy("number of questions answered"), "34"),
    "to_answer": (gettext_lazy("number of questions still open"), "26"),
    "questions": (gettext_lazy("the questions that the mail is about, one per line"), "- …"),
    "address": (gettext_lazy("address of the page to go to"), "https://…"),
    "sender": (gettext_lazy("name of who sends the mail"), "Foundation"),
}
# One brace pair with whatever is between, a doubled brace, or a brace that stands alone.
PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}\n]*)\}|[{}]")


@dataclass(frozen=True)
class Problem:
    """What is wrong, on which line and at which character of it, both counted from 1."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        where = _("Line %(line)s, character %(column)s:") % {"line": self.line, "column": self.column}
        return f"{where} {self.message}"


class MailTextError(InvalidInput):
    """A text that cannot be filled in; `problems` lists what is wrong, each with its place."""


def problems_in(text: str, offered: Collection[str]) -> list[Problem]:
    """Everything that is wrong with a text in which the placeholders `offered` may stand; empty when it can be used."""
    found = []
    if len(text) > LONGEST:
        found.append(Problem(1, 1, _("The text is longer than %(most)s characters.") % {"most": LONGEST}))
    for start, piece, name in _pieces(text):
        if name is not None and name not in offered:
            found.append(_located(text, start, _unknown(name, offered)))
        elif name is None and piece in ("{", "}"):
            message = _("A brace stands alone; write two of them, %(two)s, to show one.") % {"two": piece * 2}
            found.append(_located(text, start, message))
    return found


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """The text with each placeholder replaced by its value, once; raises MailTextError with every problem in it."""
    problems = problems_in(text, values)
    if problems:
        raise MailTextError(_("This text cannot be sent."), [str(problem) for problem in problems])

    def replaced(match: re.Match[str]) -> str:
        name = match["name"]
        return match[0][0] if name is None else values[name.strip()]

    return PIECE.sub(replaced, text)


def fill_subject(text: str, values: Mapping[str, str]) -> str:
    """As `fill_text`, on one line: no value can add a header to the mail."""
    return " ".join(fill_text(text, values).split())


def literal(text: str) -> str:
    """A text that shows itself: its braces doubled."""
    return text.replace("{", "{{").replace("}", "}}")


def examples(offered: Collection[str]) -> dict[str, str]:
    """Invented values for a preview."""
    return {name: PLACEHOLDERS[name][1] for name in offered}


def _pieces(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Where each brace construct starts, what it is, and the name in it when it is a placeholder."""
    for match in PIECE.finditer(text):
        name = match["name"]
        yield match.start(), match[0], None if name is None else name.strip()


def _located(text: str, at: int, message: str) -> Problem:
    before = text[:at]
    return Problem(before.count("\n") + 1, at - before.rfind("\n"), message)


def _unknown(name: str, offered: Collection[str]) -> str:
    known = ", ".join(f"{{{one}}}" for one in sorted(offered))
    return _("There is no placeholder %(name)s here; there are %(known)s.") % {
        "name": f"{{{name[:40]}}}",
        "known": known or "–",
    }
