"""How a chart is set: its size, language, number format and identity."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmark.charts.numbers import NumberFormat, number_format
from benchmark.charts.wording import words

PHONE = 360
PAGE = 680
_IDENT = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")


@dataclass(frozen=True)
class Setting:
    """One chart on one page.

    `ident` is unique in the page (ids are made from it). `width` in user units: PHONE (360) or PAGE (680); under 520
    labels go above their rows. `format` writes a value with its unit; without it whole numbers in `language`. `medium`:
    "page" keeps the title short and puts the summary in <desc>; "print" puts both in <title>, the only alternative
    text that WeasyPrint hands to the PDF. Raises ValueError on an unusable ident or a width under 240.
    """

    ident: str
    width: int = PAGE
    language: str = "nl"
    format: NumberFormat | None = None
    medium: Literal["page", "print"] = "page"

    def __post_init__(self) -> None:
        if not _IDENT.match(self.ident):
            raise ValueError(f"not usable as an id: {self.ident!r}")
        if self.width < 240:
            raise ValueError(f"no chart is readable at {self.width} units")

    @property
    def narrow(self) -> bool:
        """Whether labels stand above their rows instead of left of them."""
        return self.width < 520

    @property
    def small(self) -> float:
        """Size of the smallest text: a phone shows 360 units on 340 pixels, so it starts larger there."""
        return 13 if self.narrow else 12.5

    @property
    def label(self) -> float:
        """Size of labels."""
        return 14.5 if self.narrow else 14

    @property
    def words(self) -> Mapping[str, str]:
        """The chart's own words in the reader's language."""
        return words(self.language)

    def write(self, value: float) -> str:
        """`value` as text with its unit."""
        return (self.format or number_format(self.language))(value)
