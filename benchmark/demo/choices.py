"""Choices of one organisation in one year. Two questions meet the shares published for an earlier edition exactly."""

from collections.abc import Mapping
from functools import lru_cache

from benchmark.demo.organisations import DemoOrganisation, taking_part
from benchmark.demo.traits import Traits, traits_of

# In 2025: 27, 28 and 5 of 60 are 45, 47 and 8 %; of the 28 who outsource 6, 1, 2, 2 and 17 are 21, 4, 7, 7 and 61 %.
NOT_KNOWN = "not available"
CHAIN = {
    2024: {"yes": 23, "no_other_department": 28, "not_formally_arranged": 5},
    2025: {"yes": 27, "no_other_department": 28, "not_formally_arranged": 5},
    2026: {"yes": 29, "no_other_department": 27, "not_formally_arranged": 4},
}
# Few could name one reason in 2024. With 2024 published in full, the few who changed since would stand between the two
# editions, and 2025 would be withheld; five answers are too few to publish, so that 2025 tells nothing beside them.
REASONS = {
    2024: {"cost": 3, "time": 2, NOT_KNOWN: 21},
    2025: {"cost": 17, "time": 6, "skills": 2, "risk": 2, "quality": 1},
    2026: {"cost": 16, "time": 6, "skills": 3, "risk": 2, "quality": 2},
}


@lru_cache(maxsize=8)
def allotted(year: int) -> Mapping[str, Mapping[str, str]]:
    """Per organisation the answers about the chain and outsourcing; they add up over the round as the tables say."""
    here = taking_part(year)
    chain = _allot(CHAIN[year], sorted(here, key=lambda one: -traits_of(one, 2025).deviation("chain")))
    outsourcing = sorted(here, key=lambda one: -_outsources(one))[: sum(REASONS[year].values())]
    by_reason = sorted(outsourcing, key=lambda one: -traits_of(one, 2025).deviation("reason"))
    reasons = _allot(REASONS[year], by_reason)
    return {
        one.code: {"chain_responsible": chain[one.code], "outsources": "no"}
        | ({"outsources": "yes", "outsourcing_reason": reasons[one.code]} if one.code in reasons else {})
        for one in here
    }


def _outsources(organisation: DemoOrganisation) -> float:
    """How likely an organisation is to outsource: the large more than the small, outsourcers less."""
    size = {"small": -1.0, "medium": 0.2, "large": 0.9}[organisation.dimensions["size_band"]]
    return size + traits_of(organisation, 2025).deviation("outsources") - (0.8 if organisation.kind != "inhouse" else 0)


def _allot(counts: dict[str, int], ranked: list[DemoOrganisation]) -> dict[str, str]:
    """Give the first organisations the first choice, and so on; the counts add up to the organisations."""
    choices = [choice for choice, count in counts.items() for _ in range(count)]
    return {one.code: choice for one, choice in zip(ranked, choices, strict=True)}


def _weighted(t: Traits, purpose: str, weights: dict[str, float]) -> str:
    """One of the choices, mostly the same as last year."""
    rng = t.dice(purpose, yearly=t.dice(f"{purpose}.changed").random() < 0.15)
    return rng.choices(list(weights), list(weights.values()))[0]


def _step(t: Traits, purpose: str, choices: tuple[str, ...], push: float) -> str:
    """One of ordered choices; further on with a larger push."""
    level = 0.9 * t.deviation(purpose) + push + 0.15 * t.age
    place = int((level + 2.0) / 4.0 * len(choices))
    return choices[min(len(choices) - 1, max(0, place))]


STAGES = ("stage_1", "stage_2", "stage_3", "stage_4")


def choices_of(t: Traits) -> dict[str, str]:
    """Every answer to a question with one choice, by question code, before routing."""
    return {**_kinds(t), **_levels(t), **allotted(t.year)[t.organisation.code]}


def _kinds(t: Traits) -> dict[str, str]:
    """Choices without an order."""
    return {
        "contact_role": _weighted(
            t, "role", {"service": 5, "efficiency": 2, "retention": 1.5, "sales": 0.7, "insight": 0.8}
        ),
        "chain_where": _weighted(
            t,
            "where",
            {
                "contact_centre": 3,
                "experience_team": 4,
                "quality": 1,
                "each_department": 4,
                "board": 2,
                "elsewhere": 0.5,
            },
        ),
        "chain_reason": _weighted(
            t,
            "why",
            {"signals": 4, "overview": 3, "authority": 4, "expertise": 1.5, "ownership": 3, "capacity": 1.5},
        ),
        "outsourcing_outlook": _weighted(t, "outlook", {"more": 2, "same": 5, "less": 2, "none": 0.5}),
        "fcr_method": _weighted(t, "fcr", {"customer": 4, "repeat": 3, "employee": 2, "not_measured": 1.2}),
        "ai_oversight": _weighted(t, "oversight", {"contact_centre": 4, "elsewhere": 3, "nobody": 1}),
        "ces_variant": _weighted(t, "ces", {"effort_1_5": 6, "ease_1_7": 2, "other": 0.4, "not_measured": 1}),
    }


def _levels(t: Traits) -> dict[str, str]:
    """Choices from little to much."""
    return {
        "feedback_loop": _step(t, "loop", ("none", "incidental", "open", "closed"), 0.4 * t.quality + 0.3),
        "pillar_prevent": _step(t, "prevent", STAGES, 0.4 * t.digital - 0.4),
        "pillar_self_service": _step(t, "self", STAGES, 0.5 * t.digital),
        "pillar_human_help": _step(t, "human", STAGES, 0.5 * t.quality + 0.3),
        "knowledge_base": _step(t, "knowledge", ("scattered", "central", "shared", "suggested"), 0.4 * t.digital),
        "customer_view": _step(t, "view", ("nothing", "own_channel", "all_channels", "full"), 0.4 * t.digital),
        "routing": _step(t, "routing", ("next_free", "menu", "skill", "customer"), 0.3 * t.digital + 0.4),
        "speech_analytics": _step(t, "speech", ("no", "trial", "part", "all"), 0.4 * t.digital - 0.9),
        "channel_stage": _step(t, "stage", ("stage_1", "stage_2", "stage_3"), 0.4 * t.digital),
        "channel_steering": _step(t, "steering", ("no", "general", "by_question", "by_customer"), 0.3 * t.digital),
        "coaching_frequency": _step(
            t, "coaching", ("never", "less", "quarterly", "monthly", "weekly"), 0.5 * t.quality
        ),
        "quality_monitoring": _step(t, "monitoring", ("none", "sample", "sample_customer", "all"), 0.4 * t.quality),
    }


def multiple_of(t: Traits) -> dict[str, list[str]]:
    """Every answer to a question with several choices."""
    focus = {
        "experience": 0.65,
        "prevention": 0.5,
        "self_service": 0.6,
        "automation": 0.45 + 0.12 * t.age,
        "cost": 0.35,
        "people": 0.5,
        "data": 0.4,
    }
    uses = {"bot": 0.35, "assist": 0.15, "summary": 0.2, "quality": 0.1, "forecast": 0.3}
    more = {"assist": 0.15, "summary": 0.22, "bot": 0.06, "quality": 0.07, "forecast": 0.03}
    shift = 0.12 * t.digital
    return {
        "strategy_focus": _several(t, "focus", focus),
        "ai_uses": _several(t, "ai", {use: share + shift + more[use] * t.age for use, share in uses.items()}),
    }


def _several(t: Traits, purpose: str, shares: dict[str, float]) -> list[str]:
    rng = t.dice(purpose, yearly=False)
    return [choice for choice, share in shares.items() if rng.random() < share] or ["none"]
