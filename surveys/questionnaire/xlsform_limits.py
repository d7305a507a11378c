"""Numbers and ranges as XPath writes them, and back: a constraint is read whole or it is listed, never half."""

import re
from collections.abc import Iterator
from decimal import Decimal

from surveys.questionnaire.model import Range

BOUND = re.compile(r"\.\s*(>=|<=)\s*(-?\s?[0-9]+(?:\.[0-9]+)?|-?\s?\.[0-9]+)")
ALONE = re.compile(r"not\(\s*selected\(\s*\.\s*,\s*'([^']+)'\s*\)\s+and\s+count-selected\(\s*\.\s*\)\s*>\s*1\s*\)")
PIECE = re.compile(r"'[^']*'|\"[^\"]*\"|[()]|(?<![\w-])(?:and|or)(?![\w-])|[^'\"()]")


def xpath_number(value: float) -> str:
    """A number in digits: XPath knows no exponents. Reads back as exactly the same number."""
    written = f"{Decimal(repr(float(value))):f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written in ("-0", "") else written


def xpath_range(bounds: Range | None) -> list[str]:
    """The conditions of a range."""
    if bounds is None:
        return []
    low = [] if bounds.min is None else [f". >= {xpath_number(bounds.min)}"]
    return low + ([] if bounds.max is None else [f". <= {xpath_number(bounds.max)}"])


def read_constraint(constraint: str) -> tuple[dict[str, float], list[str], list[str]]:
    """(range, options that exclude the others, conditions that are neither) of a constraint.

    Conditions joined by `or`, and any other than `. >= number` and `. <= number`, are given back as they are.
    """
    bounds: dict[str, float] = {}
    alone, other = [], []
    for condition in _joined(constraint):
        bound, excluding = BOUND.fullmatch(condition), ALONE.fullmatch(condition)
        if bound is not None:
            side, limit = ("min", max) if bound[1] == ">=" else ("max", min)
            value = float(bound[2].replace(" ", ""))
            bounds[side] = limit(bounds.get(side, value), value)
        elif excluding is not None:
            alone.append(excluding[1])
        else:
            other.append(condition)
    return bounds, alone, other


def _joined(constraint: str) -> Iterator[str]:
    """The conditions that must all hold; one that is joined by `or` stays whole."""
    text = constraint.strip()
    pieces, depth, words, current = [""], 0, set(), ""
    for found in PIECE.finditer(text):
        current = found[0]
        depth += (current == "(") - (current == ")")
        if depth == 0 and current in ("and", "or"):
            words.add(current)
            pieces.append("")
        else:
            pieces[-1] += current
    if "or" in words or depth:
        yield text
    elif len(pieces) == 1 and _in_brackets(text):
        yield from _joined(text[1:-1])
    elif len(pieces) == 1:
        yield from (text,) if text else ()
    else:
        for piece in pieces:
            yield from _joined(piece)


def _in_brackets(text: str) -> bool:
    """Whether the first bracket closes with the last sign."""
    if not text.startswith("(") or not text.endswith(")"):
        return False
    depth = 0
    for at, found in enumerate(PIECE.finditer(text)):
        depth += (found[0] == "(") - (found[0] == ")")
        if depth == 0 and at > 0:
            return found.end() == len(text)
    return False


__all__ = ["read_constraint", "xpath_number", "xpath_range"]
