"""Careless benchmarks by hand, as documents of the product's format."""

import json
import math

from benchmark.stats.attack.reading import Document, Participants, read
from tests.oracles.rounds import RandomRound

POLICY = {"digits": 3, "quantile_digits": 2, "quantile_digits_below": 30}


def document(
    groups: dict[str, tuple[int, dict[str, float]]],
    *,
    edition: int = 1,
    code: str = "r1",
    blank: dict[tuple[str, str], str] | None = None,
    digits: int = 3,
    **indicator: object,
) -> bytes:
    """A document by hand: key → (n, figures); `blank`: (key, statistic) → reason."""
    cells = {
        key: [{"statistic": name, "status": "released", "value": value} for name, value in figures.items()]
        + [
            {"statistic": name, "status": "suppressed", "reason": reason}
            for (other, name), reason in (blank or {}).items()
            if other == key
        ]
        for key, (_, figures) in groups.items()
    }
    return json.dumps(
        {
            "meta": {"round": code, "edition": edition},
            "indicator": {"code": "kpi", "unit": "s", "range": {"min": 0}, "scale_type": "unbounded"} | indicator,
            "policy": POLICY | {"digits": digits},
            "groups": [{"key": key, "n": n, "cells": cells[key]} for key, (n, _) in groups.items()],
        }
    ).encode()


def people(**sectors: int) -> Participants:
    """So many organisations in each sector, numbered from 1."""
    labels = [name for name, count in sectors.items() for _ in range(count)]
    return Participants({i: {"sector": name} for i, name in enumerate(labels, start=1)})


def parsed(data: bytes, participants: Participants) -> Document:
    """The document as the attacker reads it."""
    return read(data, participants)


def truth(one: RandomRound) -> dict[str, dict[int, float]]:
    """All values of a random round."""
    pairs = zip(one.panel.organisation.tolist(), one.values.tolist(), strict=True)
    return {"kpi": {i: value for i, value in pairs if math.isfinite(value)}}


def public(one: RandomRound) -> Participants:
    """What everybody knows about a random round."""
    known = truth(one)["kpi"]
    return Participants(one.attributes, one.holding, {"kpi": frozenset(set(one.attributes) - set(known))})
