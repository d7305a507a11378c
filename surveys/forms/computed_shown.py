"""Values computed from answers, as the pages show them: on the page, and anew in the answer to each autosave."""

from dataclasses import dataclass

from surveys.questionnaire import Section, computed_values, piped
from surveys.questionnaire.messages import Quantity
from surveys.questionnaire.model import Computed
from surveys.selectors.answers import AnswerSheet


@dataclass(frozen=True)
class ComputedShown:
    """One computed value: what it is called and what it is now; "–" while something that it needs is missing."""

    code: str
    label: str
    text: str


def computed_texts(sheet: AnswerSheet) -> dict[str, str]:
    """Every computed value of the questionnaire as text, by its code."""
    values = computed_values(sheet.file, sheet.values)
    found: dict[str, str] = {}
    for section in sheet.file.sections:
        for one in section.computed:
            value = values[one.code]
            decimals = 2 if one.decimals is None else one.decimals
            found[one.code] = "–" if value is None else Quantity(value, decimals, one.unit).text(sheet.language)
    return found


def computed_after(sheet: AnswerSheet, section: Section) -> dict[str, list[ComputedShown]]:
    """What stands below which question of a theme."""
    if not section.computed:
        return {}
    texts = computed_texts(sheet)
    found: dict[str, list[ComputedShown]] = {}
    for one in section.computed:
        label = piped(one.text, sheet.file, sheet.values, sheet.language)
        shown = ComputedShown(one.code, label, texts[one.code])
        found.setdefault(place_of(one, section), []).append(shown)
    return found


def place_of(one: Computed, section: Section) -> str:
    """The question below which a computed value stands: at the end, below one that is always asked where there is one,
    because what is not asked is not shown, nor what stands below it.
    """
    always = [question.code for question in section.questions if question.ask_if is None]
    return one.after or (always or [section.questions[-1].code])[-1]
