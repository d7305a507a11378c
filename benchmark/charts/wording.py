"""The few words that charts say themselves; everything else arrives translated (this package knows no gettext)."""

from collections.abc import Mapping
from types import MappingProxyType

_DUTCH = {
    "own": "Uw organisatie",
    "own_answer": "uw antwoord",
    "median": "mediaan",
    "middle": "middelste helft (P25–P75)",
    "tails": "P10–P90",
    "suppressed": "niet getoond",
    "between_bounds": "ligt binnen deze grenzen",
    "group": "Groep",
    "option": "Antwoord",
    "share": "Aandeel",
    "base": "Basis",
    "reason": "Toelichting",
    "higher": "hoger is beter",
    "lower": "lager is beter",
    "break": "reeksbreuk",
    "round": "Ronde",
    "boundary": "Grens",
    "value": "Waarde",
    "below": "lager dan",
    "above": "hoger dan",
    "at_most": "hoogstens",
    "at_least": "minstens",
    "from_to": "tussen {low} en {high}",
    "part": "Onderdeel",
    "no_values": "Geen cijfers om te tonen",
}
_ENGLISH = {
    "own": "Your organisation",
    "own_answer": "your answer",
    "median": "median",
    "middle": "middle half (P25–P75)",
    "tails": "P10–P90",
    "suppressed": "not shown",
    "between_bounds": "lies within these bounds",
    "group": "Group",
    "option": "Answer",
    "share": "Share",
    "base": "Base",
    "reason": "Note",
    "higher": "higher is better",
    "lower": "lower is better",
    "break": "break in series",
    "round": "Round",
    "boundary": "Boundary",
    "value": "Value",
    "below": "below",
    "above": "above",
    "at_most": "at most",
    "at_least": "at least",
    "from_to": "between {low} and {high}",
    "part": "Part",
    "no_values": "No figures to show",
}


def words(language: str) -> Mapping[str, str]:
    """The chart's own words in Dutch ("nl") or, for any other language, English."""
    return MappingProxyType(_DUTCH if language == "nl" else _ENGLISH)
