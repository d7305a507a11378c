"""Frozen rounds for the tests of compute → protect → release, written where the freeze writes them.

    sector      public (24)   private (16)
    size_band   small / large, alternating
    holding     the first three organisations are one contributor

Forty invented organisations answer `talk` and `calls` (a ratio), `owner` (a choice) and `satisfaction`.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmark.models import IndicatorSet
from benchmark.services.computing import compute_release
from benchmark.services.indicators import store_indicators
from benchmark.stats.columns import Column, Panel, Status
from portal.models import User
from portal.roles import FoundationRole
from portal.tenancy import staff_scope, worker_scope
from surveys.models import ColumnSnapshot, Edition, Questionnaire, QuestionnaireVersion, Round
from surveys.questionnaire import load_questionnaire
from tests.benchmark.kept_work import kept_work

QUESTIONNAIRE = """\
questionnaire: small
version: "{version}"
title: {{nl: Klein, en: Small}}
dimensions:
  - code: sector
    label: {{nl: Sector, en: Sector}}
    options:
      - {{code: public, label: {{nl: Publieke sector, en: Public sector}}}}
      - {{code: private, label: {{nl: Private sector, en: Private sector}}}}
  - code: size_band
    label: {{nl: Grootte, en: Size}}
    open: true
sections:
  - code: work
    title: {{nl: Werk, en: Work}}
    questions:
      - {{code: talk, type: number, text: {{nl: Gesprekstijd, en: Talk time}}}}
      - {{code: calls, type: number, text: {{nl: Gesprekken, en: Calls}}}}
  - code: chain
    title: {{nl: Keten, en: Chain}}
    questions:
      - {{code: satisfaction, type: number, text: {{nl: Tevredenheid, en: Satisfaction}}}}
      - code: owner
        type: single_choice
        text: {{nl: Van wie, en: Whose}}
        options:
          - {{code: "yes", label: {{nl: Van ons, en: Ours}}}}
          - {{code: "no", label: {{nl: Van anderen, en: Theirs}}}}
      - {{code: remark, type: text, text: {{nl: Opmerking, en: Remark}}}}
"""

INDICATORS = """\
indicators: small
version: "{version}"
questionnaire: small
items:
  - code: aht
    theme: work
    name: {{nl: Afhandeltijd, en: Handle time}}
    kind: ratio
    numerator: "talk"
    denominator: "calls"
    unit: s
    direction: lower
    headline: ratio
    definition: {{nl: Gesprekstijd per gesprek., en: Talk time per call.}}
    lineage: {{relation: {relation}, since: "2024"}}
  - code: satisfaction
    theme: chain
    name: {{nl: Tevredenheid, en: Satisfaction}}
    kind: value
    question: satisfaction
    unit: score
    decimals: 1
    direction: higher
    range: {{min: 0, max: 10}}
    scale_type: bounded
    headline: mean
    definition: {{nl: Cijfer., en: Mark.}}
  - code: owner
    theme: chain
    name: {{nl: Eigenaar, en: Owner}}
    kind: share
    question: owner
    unit: "%"
    direction: neutral
    definition: {{nl: Wie de keten bezit., en: Who owns the chain.}}
"""


def person(role: FoundationRole, name: str) -> User:
    """A member of the foundation's staff."""
    with staff_scope():
        return User.objects.create_user(f"{name}@example.org", "x" * 12, foundation_role=role, name=name)


def questionnaire_version(text: str) -> QuestionnaireVersion:
    """Store a questionnaire file, or find it."""
    file = load_questionnaire(text, source="test")
    with staff_scope():
        questionnaire, _made = Questionnaire.objects.get_or_create(code=file.questionnaire)
        found, _made = QuestionnaireVersion.objects.get_or_create(
            questionnaire=questionnaire,
            version=file.version,
            defaults={
                "title_nl": file.title.text("nl"),
                "title_en": file.title.text("en"),
                "source": text,
                "content_hash": hashlib.sha256(text.encode()).hexdigest(),
            },
        )
    return found


def indicator_set(text: str) -> IndicatorSet:
    """Store an indicator file through its service."""
    with staff_scope():
        return store_indicators(text, by=None)[0]


def small_answers(seed: int = 1) -> tuple[Panel, dict[str, Column]]:
    """The panel of the drawing and its answers; organisation 0 has no calls, the last one did not answer."""
    random, size = np.random.default_rng(seed), 40
    dimensions = {
        "sector": ["public"] * 24 + ["private"] * 16,
        "size_band": [("small", "large")[i % 2] for i in range(size)],
    }
    panel = Panel.build(range(101, 101 + size), dimensions, [7, 7, 7, *[None] * (size - 3)])
    calls = random.integers(1_000, 90_000, size).astype(float)
    talk = np.round(calls * random.lognormal(5.5, 0.3, size))
    satisfaction = np.round(random.normal(7, 0.8, size).clip(1, 10), 1)
    calls[0], satisfaction[1] = 0, 11.5  # a zero denominator, and a mark that does not exist
    status = np.zeros(size, np.uint8)
    status[-1] = Status.NONRESPONSE
    columns = {
        "calls": Column.from_values(calls, status),
        "talk": Column.from_values(talk, status),
        "satisfaction": Column.from_values(satisfaction, status),
        "owner": Column.from_values(random.integers(0, 2, size).astype(float), status),
        "remark": Column.from_values(np.full(size, np.nan), np.full(size, Status.NONRESPONSE, np.uint8)),
    }
    return panel, columns


def freeze(round_: Round, panel: Panel, columns: Mapping[str, Column], amounts: Mapping[str, float]) -> Edition:
    """Write the frozen inputs of the round's edition under way."""
    with worker_scope():
        edition = Edition.objects.create(
            round=round_,
            number=round_.edition,
            panel=panel.to_bytes(),
            unattributed=dict(amounts),
            organisations=len(panel),
            content_hash=hashlib.sha256("".join(c.content_hash() for c in columns.values()).encode()).hexdigest(),
        )
        for code, column in columns.items():
            ColumnSnapshot.objects.create(
                edition=edition, column=code, values=column.to_bytes(), content_hash=column.content_hash()
            )
    return edition


def frozen_round(
    code: str,
    version: QuestionnaireVersion,
    answers: tuple[Panel, Mapping[str, Column]],
    *,
    period: str = "2025",
    amounts: Mapping[str, float] | None = None,
) -> Round:
    """A round in state frozen, with its inputs."""
    with staff_scope():
        made = Round.objects.create(
            code=code, title_nl=code, title_en=code, version=version, reference_period=period, state=Round.State.FROZEN
        )
    freeze(made, *answers, amounts or {})
    return made


def small_round(code: str = "small-2025", version: str = "2025", seed: int = 1, **changes: Any) -> Round:
    """A frozen round of the small questionnaire, with its indicators loaded."""
    stored = questionnaire_version(QUESTIONNAIRE.format(version=version))
    indicator_set(INDICATORS.format(version=version, relation=changes.pop("relation", "same")))
    return frozen_round(code, stored, small_answers(seed), period=changes.pop("period", version), **changes)


def computed(round_: Round) -> Round:
    """The round, computed as the worker does it; what was computed before is resumed (`kept_work.py`)."""
    with kept_work(round_.pk, round_.edition):
        compute_release(round_.pk, round_.edition, by=None)
    with staff_scope():
        return Round.objects.select_related("version__questionnaire").get(pk=round_.pk)
