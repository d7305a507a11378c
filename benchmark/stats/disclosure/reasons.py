"""Why a figure is blank, in words that reveal no more than the blank itself.

Reasons that follow from public numbers of participants are named. Everything that depends on values shares
one reason: whether one organisation dominates, or all agree, is not to be learned from the wording.
"""

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Code of a reason, stored in the release."""

    TOO_FEW = "too_few"
    TOO_FEW_FOR_PERCENTILE = "too_few_for_percentile"
    TOO_FEW_FOR_SHARES = "too_few_for_shares"
    MERGED = "merged"
    PROTECTED = "protected"
    TREND_HELD = "trend_held"  # of a trend only: the figure itself is in the release


TEXTS: Mapping[Reason, Mapping[str, str]] = {
    Reason.TOO_FEW: {
        "en": "Too few organisations in this group.",
        "nl": "Te weinig organisaties in deze groep.",
    },
    Reason.TOO_FEW_FOR_PERCENTILE: {
        "en": "Too few organisations in this group for this percentile.",
        "nl": "Te weinig organisaties in deze groep voor dit percentiel.",
    },
    Reason.TOO_FEW_FOR_SHARES: {
        "en": "Too few organisations in this group to show how the answers are divided.",
        "nl": "Te weinig organisaties in deze groep om de verdeling van de antwoorden te tonen.",
    },
    Reason.MERGED: {
        "en": "Shown together with other answers.",
        "nl": "Getoond samen met andere antwoorden.",
    },
    Reason.PROTECTED: {
        "en": "Not shown, to protect the participants.",
        "nl": "Niet getoond, om de deelnemers te beschermen.",
    },
    Reason.TREND_HELD: {
        "en": "Not set beside the round before: too few organisations joined or left in between.",
        "nl": "Niet naast de vorige ronde gezet: te weinig organisaties kwamen erbij of vielen af.",
    },
}


def reason_text(code: str, language: str) -> str:
    """The sentence for a reason code, in `nl` or else English; raises ValueError for an unknown code."""
    texts = TEXTS[Reason(code)]
    return texts.get(language, texts["en"])
