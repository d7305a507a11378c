"""The attack on published rounds: what is in hand, who attacks, and what came out.

    materials = stored_materials("national-2026")          # in the worker's scope: released bytes, panel, true values
    outcome = attack_materials(materials, Attackers(everybody=True))

The attacker itself (`benchmark.stats.attack`) gets released bytes, public attributes and the attackers' own values;
what the true values are for besides is to say, afterwards, whether a promise was broken.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.utils.translation import gettext as _

from benchmark.models import Release, ReleasedDocument
from benchmark.services.inputs import Inputs, read_inputs
from benchmark.stats.attack.attacker import attackers_on, pairs_of, scenes_by_kpi, worst
from benchmark.stats.attack.channels import Figure, Finer, finer_texts
from benchmark.stats.attack.integrity import altered
from benchmark.stats.attack.kpi import KpiAttack, Own
from benchmark.stats.attack.patterns import Telling, blanks, telling_reasons
from benchmark.stats.attack.reading import Document, Participants
from benchmark.stats.attack.recovery import PUBLIC, Recovery, broken, narrow
from benchmark.stats.attack.related import derived_sums
from benchmark.stats.attack.scenes import Scene, people_of
from benchmark.stats.attack.sums import Sum
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import KpiValues
from benchmark.stats.peers import BLOCK
from portal.errors import InvalidInput
from portal.models import Organisation

STRUCTURAL = ("too_few", "too_few_for_percentile", "too_few_for_shares", "merged")  # follow from public numbers
PAIRS = 200  # coalitions of two that are tried per indicator; beyond it a sample


@dataclass(frozen=True)
class Material:
    """One release as the attacker has it. `values`: true values, for own knowledge and for the check of promises.

    `manifest`: what was published about the bytes ({} when it is not known); `channels`: the same figures elsewhere.
    """

    name: str
    documents: Mapping[str, bytes]
    participants: Participants
    values: Own = field(default_factory=dict)
    manifest: Mapping[str, object] = field(default_factory=dict)
    channels: Mapping[str, Mapping[Figure, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Attackers:
    """Who attacks besides the public: everybody, or some; `coalition` 2 adds pairs of them."""

    everybody: bool = False
    organisations: tuple[int, ...] = ()
    coalition: int = 1
    pairs: int = PAIRS
    order_most: int | None = 5  # so many attackers also solve the order programs of quantiles


@dataclass(frozen=True)
class Found:
    """A recovery and whether it breaks the promise (None: the true value is not known)."""

    recovery: Recovery
    close_5: bool
    close_10: bool
    breaks: bool | None


@dataclass
class Outcome:
    """What the attack found. `attackers`, `pairs`, `pairs_in_all`: how many were tried, and how many there are."""

    found: list[Found] = field(default_factory=list)
    documents: int = 0
    attackers: int = 0
    pairs: int = 0
    pairs_in_all: int = 0
    blanks: Counter[str] = field(default_factory=Counter)
    telling: list[Telling] = field(default_factory=list)
    finer: list[Finer] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def harmless(self) -> bool:
        """Whether nothing at all was found."""
        return not (self.found or self.telling or self.finer or self.altered)


def stored_materials(round_code: str, edition: int | None = None) -> list[Material]:
    """The published round with all published rounds and editions before it, oldest first; needs the worker's scope.

    Raises InvalidInput when there is no such published release.
    """
    published = Release.objects.filter(state=Release.State.PUBLISHED).select_related("round__version", "indicators")
    last = published.filter(round__code=round_code).order_by("-edition")
    newest = last.first() if edition is None else last.filter(edition=edition).first()
    if newest is None:
        raise InvalidInput(_("Round “%(round)s” has no published results.") % {"round": round_code})

    def when(release: Release) -> tuple[str, str, int]:
        return release.round.reference_period, release.round.code, release.edition

    same = published.filter(round__version__questionnaire=newest.round.version.questionnaire_id)
    return [_stored(one) for one in sorted(same, key=when) if when(one) <= when(newest)]


def attack_materials(
    materials: Sequence[Material], attackers: Attackers, *, within: float = 0.05, kpis: Sequence[str] = ()
) -> Outcome:
    """Attack the indicators of the newest release with everything that was released before it."""
    started, outcome = time.perf_counter(), Outcome()
    newest = len(materials) - 1
    for material in materials:
        if material.manifest:
            outcome.altered += [f"{material.name}: {one}" for one in altered(material.documents, material.manifest)]
    releases = [(list(material.documents.values()), material.participants) for material in materials]
    by_kpi = list(scenes_by_kpi(releases))
    together = [placed[-1][1].document for _kpi, placed in by_kpi if placed[-1][0] == newest]
    for kpi, placed in by_kpi:
        if placed[-1][0] != newest or (kpis and kpi not in kpis):
            continue
        values = [materials[place].values for place, _scene in placed]
        scenes = [scene for _place, scene in placed]
        outcome.documents += len(scenes)
        _attack_one(outcome, scenes, values, attackers, within, derived_sums(together, kpi))
        for place, scene in placed:
            outcome.finer += list(finer_texts(scene.document, materials[place].channels))
    outcome.seconds = time.perf_counter() - started
    return outcome


def _attack_one(
    outcome: Outcome,
    scenes: Sequence[Scene],
    values: Sequence[Own],
    attackers: Attackers,
    within: float,
    derived: Sequence[Sum] = (),
) -> None:
    document, participants = scenes[-1].document, people_of([scene.participants for scene in scenes])
    numbers = all(one.get(document.kpi) for one in values)
    target = KpiAttack(scenes, within=within, truth=values if numbers else None, order=True, derived=derived)
    owners = participants.owners()
    wanted = (
        owners if attackers.everybody else sorted({min(participants.same_owner(i)) for i in attackers.organisations})
    )
    pairs, every = (
        pairs_of(wanted if len(wanted) > 1 else owners, attackers.pairs) if attackers.coalition > 1 else ([], 0)
    )
    found = attackers_on(target, values, wanted, pairs=pairs, order_most=attackers.order_most)
    outcome.attackers, outcome.pairs, outcome.pairs_in_all = len(wanted), len(pairs), every
    by_scene = {scene.document.scene: (scene.document, own) for scene, own in zip(scenes, values, strict=True)}
    for one in worst(found, target.breaks).values():
        outcome.found.append(_judged(one, *by_scene.get(one.scene, (document, values[-1]))))
    outcome.blanks += blanks([document])
    outcome.telling += telling_reasons(document, STRUCTURAL)


def _judged(one: Recovery, document: Document, values: Own) -> Found:
    true = values.get(one.kpi, {}).get(one.organisation)
    if ":" in one.kpi:  # one option is left
        return Found(one, True, True, None if true is None else True)
    close = [narrow(document, one.low, one.high, within) for within in (0.05, 0.10)]
    return Found(one, close[0], close[1], None if true is None else broken(document, true, one.low, one.high, one.room))


def _stored(release: Release) -> Material:
    rows = ReleasedDocument.objects.filter(release=release).order_by("position")
    documents = {row.kpi: bytes(row.body) for row in rows}
    inputs = read_inputs(release.round_id, release.edition)
    panel = inputs.contributions.panel
    attributes: dict[int, dict[str, str]] = {int(i): {} for i in panel.organisation}
    for row, block in enumerate(inputs.blocks.codes(len(panel))):
        own = attributes[int(panel.organisation[row])]
        own.update({BLOCK: block} if block else {})
        own.update({d: panel.categories[d][index[row]] for d, index in panel.dimensions.items() if index[row] >= 0})
    owners, counts = np.unique(panel.contributor, return_counts=True)
    shared = set(owners[counts > 1].tolist())
    pairs = zip(panel.organisation.tolist(), panel.contributor.tolist(), strict=True)
    holding = {i: owner for i, owner in pairs if owner in shared}
    known = _Known(panel.organisation.tolist())
    for indicator in release.indicators.file.items:
        if indicator.code in documents:
            known.add(indicator, _values(inputs, indicator))
    participants = Participants(attributes, holding, known.silent, known.denominators, known.unattributed)
    return Material(
        f"{release.round.code} edition {release.edition}", documents, participants, known.values, release.manifest
    )


def _values(inputs: Inputs, indicator: Indicator) -> KpiValues:
    return inputs.values_of(indicator)


class _Known:
    """Who has which value, gathered indicator by indicator."""

    def __init__(self, organisations: Sequence[int]) -> None:
        self.organisations = organisations
        self.values: dict[str, dict[int, float]] = {}
        self.silent: dict[str, frozenset[int]] = {}
        self.denominators: dict[str, dict[int, float]] = {}
        self.unattributed: dict[str, tuple[float, float]] = {}

    def add(self, indicator: Indicator, values: KpiValues) -> None:
        """Values of all organisations; the denominators where they are public."""
        code, answered = indicator.code, values.answered
        rows = np.flatnonzero(answered).tolist()
        self.silent[code] = frozenset(self.organisations[row] for row in np.flatnonzero(~answered).tolist())
        if values.chosen is not None:
            for place, option in enumerate(values.options):
                chosen = {self.organisations[row]: float(values.chosen[row, place]) for row in rows}
                self.values[f"{code}:{option}"] = chosen
            return
        self.values[code] = {self.organisations[row]: float(values.value[row]) for row in rows}
        below = values.denominator
        if indicator.denominator_public and below is not None and not np.any(below == 0):
            self.denominators[code] = {self.organisations[row]: float(below[row]) for row in rows}
            self.unattributed[code] = (values.unattributed_numerator, values.unattributed_denominator)


def names_of(found: Sequence[Found]) -> dict[int, str]:
    """Names of the organisations that were recovered, and of the attackers."""
    wanted = {i for one in found for i in (one.recovery.organisation, one.recovery.attacker, one.recovery.partner)}
    known = Organisation.objects.filter(pk__in=[i for i in wanted if i != PUBLIC])
    return {one.pk: one.name for one in known}
