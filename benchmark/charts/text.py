"""Width of text without a browser, and line breaking by that width.

The advance widths are those of Source Sans 3 (thousandths of the font size); what the table lacks is estimated wide.
"""

import re

_CHARACTERS = (
    "!289 \"426 #497 $497 %824 &609 '249 (303 )303 *418 +497 ,249 -311 .249 /350 :249 ;249 <497 =497 >497 ?425"
    " @847 A543 B588 C571 D615 E527 F494 G617 H652 I263 J479 K579 L486 M727 N647 O664 P566 Q664 R569 S534 T536 U645"
    " V515 W786 X513 Y476 Z539 [303 ]303 ^497 _500 `542 a504 b553 c456 d555 e496 f292 g504 h544 i246 j247 k495 l255"
    " m829 n547 o542 p555 q555 r347 s419 t338 u544 v467 w719 x446 y467 z425 {303 |241 }303 ~497 °331 ·249"
    " é496 ë496 è496 ï246 ö542 ü544 á504 à504 –480 —800 ’249 €497 −497 …800"
)
_WIDTHS: dict[str, int] = {part[0]: int(part[1:]) for part in _CHARACTERS.split(" ") if part}
_WIDTHS |= dict.fromkeys("0123456789", 497) | {" ": 200, "\u00a0": 200, "\u202f": 100}
_UNKNOWN = 620
_WIDE = 1000
# Another sans-serif may stand in for the font, and semi-bold runs 3 % wider.
_SAFETY = 1.04
_BOLD = 1.03


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Estimated width of one line of `text` in user units, rather too wide than too narrow."""
    total = sum(_WIDTHS.get(mark, _WIDE if ord(mark) > 0x1100 else _UNKNOWN) for mark in text)
    return total / 1000 * size * _SAFETY * (_BOLD if bold else 1.0)


def wrap(text: str, size: float, width: float, *, bold: bool = False, most: int = 6) -> tuple[str, ...]:
    """Break `text` at spaces into lines no wider than `width`; a longer word is broken with a hyphen.

    At most `most` lines: the last then ends in an ellipsis (the whole text is in the table beside the chart).
    """
    lines: list[str] = []
    current = ""
    for word in _pieces(text, size, width, bold):
        joined = f"{current} {word}" if current else word
        if current and text_width(joined, size, bold=bold) > width:
            lines.append(current)
            current = word
        else:
            current = joined
        if len(lines) > most:
            break
    if current:
        lines.append(current)
    if len(lines) > most:
        lines = [*lines[: most - 1], shorten(lines[most - 1] + "…", size, width, bold=bold)]
    return tuple(lines) or ("",)


def shorten(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """`text` on one line, cut with an ellipsis where it would be wider than `width`."""
    if text_width(text, size, bold=bold) <= width:
        return text
    kept = text.rstrip("…")
    while kept and text_width(kept + "…", size, bold=bold) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _pieces(text: str, size: float, width: float, bold: bool) -> list[str]:
    """Words, with those wider than a line cut at the last character that fits (Dutch compounds, hostile input)."""
    pieces: list[str] = []
    for word in re.split(r"[ \t\r\n\f\v]+", text[:2000]):
        while text_width(word, size, bold=bold) > width and len(word) > 2:
            cut = _fitting(word, size, width, bold)
            hyphen = "" if word[cut - 1] in "-/" else "-"
            pieces.append(word[:cut] + hyphen)
            word = word[cut:]
        if word:
            pieces.append(word)
    return pieces


def _fitting(word: str, size: float, width: float, bold: bool) -> int:
    """How many characters of `word` fit with a hyphen; a hyphen or slash of its own is preferred. At least 1."""
    cut = 1
    while cut < len(word) - 1 and text_width(word[: cut + 1] + "-", size, bold=bold) <= width:
        cut += 1
    own = max(word.rfind("-", 2, cut), word.rfind("/", 2, cut))
    return own + 1 if own > 2 else cut
