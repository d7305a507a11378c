"""Numbers as people in the Netherlands and in English-speaking countries write them.

The grammar, in this order (`g` groups thousands, `d` is the decimal sign; nl: g `.` d `,`; en: g `,` d `.`):

1. grouped as the language does   `1.234,5` (nl)  `1,234.5` (en)   – so `1.234` is 1234 in nl, `1,234` is 1234 in en
2. grouped by spaces              `1 234,5`  `1 234.5`
3. plain, either decimal sign     `12,5`  `12.5`  `1234.567`       – so `1.234` is 1.234 in en, `1,234` is 1.234 in nl
4. grouped as the other does, where that can be nothing else   `1,234.5` in nl, `1.234.567` in en

Before it may stand one `-`, `−` or `+`. Only the digits 0–9, no exponents, no `nan` or `inf`, at most 15 digits: what
is refused is refused with a message instead of being guessed at.
"""

import math
import re
from decimal import ROUND_HALF_UP, Decimal

MAX_DIGITS = 15
MAX_TYPED = 64
# no-break, narrow no-break, thin and figure space: all come from pasting out of documents and spreadsheets
SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "\u2212": "-"})
MARKS = {"nl": (".", ","), "en": (",", ".")}


class NumberError(ValueError):
    """The text is no number by the grammar above; `message_id` names the sentence in `messages.py`."""

    def __init__(self, message_id: str) -> None:
        super().__init__(message_id)
        self.message_id = message_id


def _patterns(group: str, decimal: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The forms of one language, each with the sign that it uses for decimals."""
    g, d = re.escape(group), re.escape(decimal)
    return (
        (re.compile(rf"[1-9][0-9]{{0,2}}(?:{g}[0-9]{{3}})+(?:{d}[0-9]+)?"), decimal),
        (re.compile(r"[1-9][0-9]{0,2}(?: [0-9]{3})+(?:,[0-9]+)?"), ","),
        (re.compile(r"[1-9][0-9]{0,2}(?: [0-9]{3})+\.[0-9]+"), "."),
        (re.compile(r"[0-9]+(?:,[0-9]+)?"), ","),
        (re.compile(r"[0-9]+\.[0-9]+"), "."),
        (re.compile(rf"[1-9][0-9]{{0,2}}(?:{d}[0-9]{{3}})+{g}[0-9]+"), group),
        (re.compile(rf"[1-9][0-9]{{0,2}}(?:{d}[0-9]{{3}}){{2,}}"), group),
    )


PATTERNS = {language: _patterns(*marks) for language, marks in MARKS.items()}


def parse_decimal(typed: str, language: str) -> Decimal:
    """The exact number that was typed. Raises `NumberError` when the grammar does not know it."""
    if len(typed) > MAX_TYPED:
        raise NumberError("number.not_a_number" if not typed.strip().isdigit() else "number.too_many_digits")
    text = typed.translate(SPACES).strip(" \t\r\n")
    sign = ""
    if text[:1] in ("-", "+"):
        sign, text = text[0], text[1:].lstrip(" ")
    for pattern, decimal in PATTERNS[language]:
        if pattern.fullmatch(text):
            whole, _, fraction = text.partition(decimal)
            digits = re.sub(r"[^0-9]", "", whole).lstrip("0")
            if len(digits) + len(fraction) > MAX_DIGITS:
                raise NumberError("number.too_many_digits")
            return Decimal(f"{sign}{digits or '0'}.{fraction or '0'}")
    raise NumberError("number.not_a_number")


def parse_number(typed: str, language: str) -> float:
    """The number that was typed, as a float (never -0.0). Raises `NumberError`."""
    return float(parse_decimal(typed, language)) + 0.0


def count_decimals(number: Decimal) -> int:
    """How many digits behind the decimal sign carry something: 12.50 has one."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def format_number(value: float, decimals: int | None, language: str) -> str:
    """Writes a number in `language`, thousands grouped; `decimals=None` writes as many as the number has.

    Halves round away from zero, as people do by hand. Raises `ValueError` on nan and infinity: those are never shown.
    """
    if not math.isfinite(value):
        raise ValueError("only finite numbers can be written")
    number = Decimal(repr(float(value)))
    if decimals is not None:
        if abs(number) < Decimal(10) ** 16:  # above that a float has no decimals, and quantize would run out of digits
            number = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
        plain = f"{number:.{decimals}f}"
    else:
        plain = f"{number:f}"
        if "." in plain:
            plain = plain.rstrip("0").rstrip(".")
    whole, _, fraction = plain.lstrip("-").partition(".")
    group, decimal = MARKS[language]
    written = f"{int(whole):,}".replace(",", group) + (decimal + fraction if fraction else "")
    return "-" + written if value < 0 and written.strip("0" + group + decimal) else written


def percent_changed(change: float) -> float:
    """The size of a relative change (0.5: half more) in percent, with one decimal.

    Cut off, not rounded: 99.97 % lower is not 100 % lower. What only the binary arithmetic took off is put back first:
    from 5 to 328 is 6,460 %, not 6,459.9 %.
    """
    return math.floor(round(abs(change) * 1000, 6)) / 10
