"""What one organisation says of each of its outsourcing partners, the largest first."""

from collections.abc import Mapping

from benchmark.demo.traits import Traits
from surveys.questionnaire import Typed, format_number

LANGUAGE = "nl"
PRICE_MODELS = {"per_contact": 4, "per_minute": 3, "per_hour": 4, "fixed": 1, "result": 0.6}
MOST = 5  # partners that the questionnaire asks about


def partners_of(t: Traits, figures: Mapping[str, float]) -> dict[str, Typed]:
    """The answers by question code; the shares add up to what the partners handled of all contacts."""
    count = min(MOST, round(figures["outsourcing_partners"]))
    whole = 100 * figures["outsourced_contacts"] / figures["contacts_handled"]
    sizes = sorted((t.lognormal(f"partner.{n}", 1.0, 0.5) for n in range(count)), reverse=True)
    found: dict[str, Typed] = {}
    for n, size in enumerate(sizes, 1):
        models = t.dice(f"partner.{n}.price", yearly=False).choices(list(PRICE_MODELS), list(PRICE_MODELS.values()))
        score = 7.2 + 0.5 * t.deviation(f"partner.{n}.score")
        found |= {
            f"partner_share_{n}": format_number(round(whole * size / sum(sizes), 1), 1, LANGUAGE),
            f"partner_price_model_{n}": models[0],
            f"partner_satisfaction_{n}": format_number(round(min(9.0, max(4.0, score)), 1), 1, LANGUAGE),
        }
    return found
