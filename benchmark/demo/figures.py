"""Figures of one organisation in one year that can be true together: derived from its people, downwards."""

from collections.abc import Mapping

from benchmark.demo.traits import Traits, fte

Figures = dict[str, float]
HOURS_A_YEAR = 1872  # 36 hours in 52 weeks
AHT = {
    "public": 400,
    "financial": 410,
    "care": 330,
    "energy": 420,
    "telecom_media": 430,
    "retail": 270,
    "transport": 280,
}


def figures_of(t: Traits, mix: Mapping[str, float]) -> Figures:
    """Every numeric answer by question code; `mix` is the channel mix in percent."""
    people = _people(t)
    calls = _calls(t, people, mix)
    return {**people, **calls, **_money(t, people, calls), **_experience(t, calls), **_online(t, calls)}


def channel_mix(t: Traits) -> dict[str, float]:
    """The channel mix in tenths of a percent that make exactly 100."""
    move = 0.06 * t.age
    weights = {
        "phone": t.lognormal("mix.phone", 58, 0.18, -0.12 * t.digital - move),
        "email": t.lognormal("mix.email", 15, 0.35, -move / 2),
        "web_form": t.lognormal("mix.web_form", 5, 0.5),
        "portal": t.lognormal("mix.portal", 4, 0.6, 0.3 * t.digital),
        "chat": t.lognormal("mix.chat", 7, 0.6, 0.25 * t.digital + move),
        "whatsapp": t.lognormal("mix.whatsapp", 5, 0.6, 3 * move),
        "social": t.lognormal("mix.social", 1.2, 0.5),
        "video": t.lognormal("mix.video", 0.25, 0.8),
        "counter": t.lognormal(
            "mix.counter", 3.5 if t.organisation.sector in ("public", "retail", "care") else 0.4, 0.6
        ),
        "other": t.lognormal("mix.other", 0.8, 0.5),
    }
    total = sum(weights.values())
    tenths = {part: int(1000 * weight / total) for part, weight in weights.items()}
    tenths["phone"] += 1000 - sum(tenths.values())
    return {part: number / 10 for part, number in tenths.items()}


def _people(t: Traits) -> Figures:
    total = fte(t)
    first = round(total * (0.72 + 0.16 * t.dice("first", yearly=False).random()), 1)
    headcount = round(total * t.lognormal("part_time", 1.27, 0.05)) + 1
    paid = round(total * HOURS_A_YEAR * t.lognormal("paid", 1.0, 0.015))
    absence = t.lognormal("absence", 0.064, 0.25, 0.18 * t.pressure + 0.03 * t.age)
    logged = round(paid * first / total * t.fraction("logged", 0.70, 0.12))
    turnover = t.lognormal("turnover", 0.21, 0.32, 0.25 * t.pressure - 0.1 * t.quality)
    return {
        "fte_total": total,
        "fte_first_line": first,
        "headcount_average": headcount,
        "leavers": round(headcount * turnover),
        "paid_hours": paid,
        "absent_hours": round(paid * min(absence, 0.25)),
        "logged_in_hours": logged,
        "occupied_hours": round(logged * t.fraction("occupancy", 0.78, 0.22, 0.2 * t.pressure)),
        "training_days": round(headcount * t.lognormal("training", 4.8, 0.3, 0.15 * t.quality), 1),
        "temporary_share": round(100 * t.fraction("temporary", 0.13, 0.6, 0.1 * t.pressure), 1),
        "employee_score": round(min(9.0, 7.3 + 0.25 * t.quality - 0.2 * t.pressure + 0.2 * t.deviation("employee")), 1),
    }


def _calls(t: Traits, people: Mapping[str, float], mix: Mapping[str, float]) -> Figures:
    aht = t.lognormal("aht", AHT.get(t.organisation.sector, 340), 0.13, 0.03 * t.age)
    phone_hours = people["occupied_hours"] * min(0.85, 0.2 + 0.7 * mix["phone"] / 100)
    handled = round(phone_hours * 3600 / aht)
    abandoned_share = min(0.25, t.lognormal("abandon", 0.055, 0.3, 0.4 * t.pressure))
    offered = round(handled / (1 - abandoned_share))
    abandoned = offered - handled
    level = t.fraction("level", 0.73, 0.3, -0.4 * t.pressure)
    seconds = phone_hours * 3600
    hold, wrap = t.lognormal("hold", 0.045, 0.3), t.lognormal("wrap", 0.16, 0.2)
    contacts = round(handled / (mix["phone"] / 100))
    return {
        "customers_served": round(contacts / t.lognormal("per_customer", 1.35, 0.3, -0.1 * t.digital)),
        "contacts_handled": contacts,
        "calls_offered": offered,
        "calls_handled": handled,
        "calls_abandoned": abandoned,
        "threshold_seconds": t.dice("threshold", yearly=False).choice((20, 20, 30, 30, 30, 30, 45, 60, 60, 90)),
        "calls_within_threshold": min(handled, round(offered * level)),
        "wait_hours": max(1, round(t.lognormal("asa", 46, 0.3, 0.5 * t.pressure) * handled / 3600)),
        "talk_hours": round(seconds * (1 - hold - wrap) / 3600),
        "hold_hours": max(1, round(seconds * hold / 3600)),
        "acw_hours": max(1, round(seconds * wrap / 3600)),
        "fcr_measured": (measured := round(contacts * t.lognormal("fcr_base", 0.03, 0.3)) + 60),
        "fcr_resolved": round(measured * t.fraction("fcr", 0.71, 0.25, 0.3 * t.quality)),
        "outsourced_contacts": round(contacts * t.fraction("outsourced", 0.22, 0.5)),
    }


def _money(t: Traits, people: Mapping[str, float], calls: Mapping[str, float]) -> Figures:
    wage = 15.9 * 1.045**t.age * t.lognormal("wage", 1.0, 0.07, 0.02 * t.quality)
    hour = wage * t.lognormal("overhead", 1.75, 0.09)
    return {"wage_hour": round(wage, 2), "contact_costs": round(people["paid_hours"] * hour, -2)}


def _experience(t: Traits, calls: Mapping[str, float]) -> Figures:
    ktv = 7.55 + 0.32 * t.quality - 0.12 * t.pressure + 0.15 * t.deviation("ktv")
    effort = 2.25 - 0.16 * t.quality + 0.08 * t.pressure + 0.1 * t.deviation("ces")
    responses = round(calls["contacts_handled"] * t.lognormal("response", 0.024, 0.3)) + 40
    nps = round(responses * 0.5) + 30
    promoters = round(nps * t.fraction("promoters", 0.36, 0.2, 0.3 * t.quality))
    detractors = round((nps - promoters) * t.fraction("detractors", 0.36, 0.2, -0.25 * t.quality))
    return {
        "ktv_score": round(min(9.2, max(5.6, ktv)), 1),
        "ktv_responses": responses,
        "ces_score": round(min(3.8, max(1.4, effort)), 2),
        "ces_score_7": round(min(6.6, max(3.4, 8 - 1.5 * effort + 0.6)), 2),
        "ces_responses": round(responses * 0.9),
        "nps_responses": nps,
        "nps_promoters": promoters,
        "nps_passives": nps - promoters - detractors,
        "nps_detractors": detractors,
        "complaints": round(calls["customers_served"] * t.lognormal("complaints", 0.0065, 0.4, -0.2 * t.quality)) + 3,
        "hostmanship_score": round(min(9.2, max(5.6, ktv + 0.25 + 0.1 * t.deviation("hostmanship"))), 1),
        "feedback_improvements": round(t.lognormal("improvements", 16, 0.5, 0.25 * t.quality)),
        "chain_managers_fte": round(max(0.5, t.lognormal("chain_fte", 1.6, 0.5) * (fte(t) / 50) ** 0.5), 1),
        "outsourcing_partners": t.dice("partners", yearly=False).choice((1, 1, 1, 2, 2, 3)),
    }


def _online(t: Traits, calls: Mapping[str, float]) -> Figures:
    contacts = calls["contacts_handled"]
    sessions = round(contacts * t.lognormal("sessions", 1.5, 0.4, 0.25 * t.digital + 0.08 * t.age))
    base = round(contacts * t.lognormal("switch_base", 0.03, 0.3)) + 60
    return {
        "selfservice_sessions": sessions,
        "selfservice_resolved": round(sessions * t.fraction("resolved", 0.58, 0.25, 0.2 * t.digital)),
        "switch_base": base,
        "switch_contacts": round(base * t.fraction("switching", 0.27, 0.25, -0.15 * t.digital)),
        "email_reply_hours": round(t.lognormal("reply", 21, 0.45, 0.2 * t.pressure), 1),
    }
