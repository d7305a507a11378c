"""Numbers as a Dutch or English reader writes them."""

from collections.abc import Callable

NumberFormat = Callable[[float], str]

_NO_BREAK = "\u00a0"
_MINUS = "\u2212"


def number_format(language: str, decimals: int = 0, unit: str = "") -> NumberFormat:
    """A function value → text: `1.234,5 s` in Dutch ("nl"), `1,234.5 s` in any other language.

    `unit` follows after a no-break space; a currency sign goes in front. A true minus sign, never "−0".
    """

    def write(value: float) -> str:
        plain = f"{abs(value):,.{decimals}f}"
        negative = value < 0 and any(mark in "123456789" for mark in plain)
        if language == "nl":
            plain = plain.translate(str.maketrans(",.", ".,"))
        signed = _MINUS + plain if negative else plain
        if unit in ("€", "$", "£"):
            return f"{unit}{_NO_BREAK}{signed}"
        return f"{signed}{_NO_BREAK}{unit}" if unit else signed

    return write
