"""Everything that decides the bytes of a release, read once: answers, indicators, policy, what was published before.

inputs = inputs_of(round_id, edition)        # in the worker's scope; kept by the process while nothing changes
inputs.key_of(indicator)                     # equal keys, equal bytes
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib.metadata import version as installed_version
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from benchmark.models import IndicatorSet, PolicyVersion, Release
from benchmark.selectors.contributions import Contributions, read_contributions
from benchmark.services.earlier import Past, published_past
from benchmark.services.indicators import columns_of, indicator_set_for, options_of
from benchmark.services.policies import policy_for, rules_of
from benchmark.stats.blocks import NO_BLOCKS, Blocks, partition
from benchmark.stats.columns import IntArray, Panel, Status
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import KpiValues, kpi_values
from benchmark.stats.peers import PeerGroup, lattice
from benchmark.stats.release import ReleaseMeta, canonical_json
from benchmark.stats.tables import Table, compute_table
from portal.errors import NotPossibleNow
from surveys.models import Edition, Round
from surveys.questionnaire import QuestionnaireFile
from surveys.services.peer_groups import declared_unions

ENGINE_PACKAGES = ("numpy", "highspy")
ENGINE_SOURCE = (
    "benchmark/stats",
    "benchmark/services/earlier.py",
    "benchmark/services/indicators.py",
    "benchmark/services/inputs.py",
    "benchmark/services/protecting.py",
    "surveys/questionnaire",
    "surveys/snapshots.py",
)


@dataclass(frozen=True, eq=False)
class Inputs:
    """Everything that decides the bytes of a release. `past`: the published releases that it stands beside.

    `people`: row ids of the organisations of all these releases, ascending; `past_panels`: of `past.releases`.
    """

    round: Round
    edition: int
    indicators: IndicatorSet
    contributions: Contributions
    policy_version: PolicyVersion
    past: Past
    people: IntArray
    past_panels: tuple[Panel, ...] = ()

    @property
    def questionnaire(self) -> QuestionnaireFile:
        """The questionnaire that was answered."""
        return self.round.version.file

    @cached_property
    def policy(self) -> Policy:
        """The rules."""
        return rules_of(self.policy_version)

    @cached_property
    def groups(self) -> tuple[PeerGroup, ...]:
        """The round's peer groups, as fine as it chose: the lattice with the declared unions, and the blocks."""
        unions, panel = declared_unions(self.round), self.contributions.panel
        return lattice(panel, order=self.round.crossings, unions=unions, blocks=self.blocks.groups)

    @cached_property
    def blocks(self) -> Blocks:
        """What chosen groups are made of; nothing where the round does not offer them.

        Rounds of one questionnaire share the salt, so that its organisations stay together from round to round.
        """
        if not self.round.offers_free_groups:
            return NO_BLOCKS
        salt = self.round.version.questionnaire.code
        return partition(self.contributions.panel, size=self.policy.min_contributors, salt=salt)

    @property
    def items(self) -> Sequence[Indicator]:
        """The indicators that are released, in order."""
        return self.indicators.file.items

    @property
    def meta(self) -> ReleaseMeta:
        """What the head of each document says."""
        made = self.round.version
        return ReleaseMeta(
            self.round.code, self.edition, made.questionnaire.code, made.version, self.round.reference_period
        )

    def values_of(self, indicator: Indicator) -> KpiValues:
        """The indicator's values of all organisations; NotPossibleNow when the round did not ask for a column."""
        given, needed = self.contributions, sorted(self._columns(indicator))
        missing = [code for code in needed or sorted(indicator.columns) if code not in given.columns]
        if missing:
            raise NotPossibleNow(
                _("Indicator “%(indicator)s” needs the question “%(column)s”, which this round did not ask.")
                % {"indicator": indicator.code, "column": missing[0]}
            )
        columns = {code: given.columns[code] for code in needed}
        return kpi_values(indicator, columns, given.unattributed, options_of(indicator, self.questionnaire))

    def table_of(self, indicator: Indicator, values: KpiValues) -> Table:
        """All statistics of all peer groups, unprotected."""
        return compute_table(indicator, values, self.contributions.panel, self.groups)

    def excluded(self, indicator: Indicator) -> int:
        """How many organisations' values of the indicator a validator left out."""
        given = self.contributions
        parts = [
            given.columns[code].status == Status.EXCLUDED for code in self._columns(indicator) if code in given.columns
        ]
        return int(np.logical_or.reduce(parts).sum()) if parts else 0

    def numbered(self, table: Table) -> Table:
        """The table with organisations numbered among `people` instead of by row id, which no bytes shall hold."""
        return replace(table, panel=self._numbered(table.panel))

    def _numbered(self, panel: Panel) -> Panel:
        return replace(panel, organisation=np.searchsorted(self.people, panel.organisation).astype(np.int64))

    def _columns(self, indicator: Indicator) -> set[str]:
        return {spec.code for spec in columns_of(indicator, self.questionnaire)}

    @cached_property
    def _common(self) -> dict[str, Any]:
        """What the bytes of every indicator depend on."""
        groups = hashlib.sha256()
        for group in self.groups:
            groups.update(f"{group.key}\n".encode() + group.members.tobytes())
        return {
            "software": engine_hash(),
            "effort": settings.PROTECTION_EFFORT,
            "meta": vars(self.meta),
            "panels": [
                hashlib.sha256(self._numbered(panel).to_bytes()).hexdigest()
                for panel in (self.contributions.panel, *self.past_panels)
            ],
            "groups": groups.hexdigest(),
            "policy": self.policy.to_dict(),
            "past": self.past.hashes(),
        }

    def key_of(self, indicator: Indicator) -> str:
        """Hash of everything that decides the indicator's document and its certificate: equal keys, equal bytes."""
        given, needed = self.contributions, sorted(self._columns(indicator))
        amounts = {code: given.unattributed[code] for code in needed if code in given.unattributed}
        depends = {
            **self._common,
            "indicator": indicator.model_dump(mode="json"),
            "options": list(options_of(indicator, self.questionnaire)),
            "columns": {code: given.columns[code].content_hash() for code in needed if code in given.columns},
            "unattributed": amounts,
        }
        return hashlib.sha256(canonical_json(depends)).hexdigest()

    def keys(self) -> dict[str, str]:
        """`key_of` every indicator, by code and in order."""
        return {item.code: self.key_of(item) for item in self.items}


def read_inputs(round_id: int, edition: int) -> Inputs:
    """What a release of this edition is made of; needs the worker's scope. Raises NotPossibleNow."""
    current = _round(round_id)
    indicators = indicator_set_for(current)
    questionnaire = current.version.file
    wanted = {spec.code for item in indicators.file.items for spec in columns_of(item, questionnaire)}
    contributions = read_contributions(round_id, edition, wanted)
    if contributions is None:
        raise NotPossibleNow(
            _("Edition %(edition)s of round “%(round)s” is not frozen yet: freeze the round first.")
            % {"edition": edition, "round": current.code}
        )
    policy = policy_for(current)
    past = published_past(current, edition, rules_of(policy).rounds_together)
    panels = _panels(past)
    people = np.unique(np.concatenate([panel.organisation for panel in (contributions.panel, *panels)]))
    return Inputs(current, edition, indicators, contributions, policy, past, people, panels)


_kept: dict[str, Any] = {}
_lock = Lock()


def inputs_of(round_id: int, edition: int) -> Inputs:
    """`read_inputs`, kept by this process until something that decides the bytes changes."""
    with _lock:
        stamp = _stamp(round_id, edition)
        if _kept.get("stamp") != stamp:
            _kept.clear()  # never two at once: inputs of a large round take much memory
            _kept.update(stamp=stamp, inputs=read_inputs(round_id, edition))
        found: Inputs = _kept["inputs"]
        return found


def _stamp(round_id: int, edition: int) -> tuple[Any, ...]:
    """Differs as soon as anything that `read_inputs` reads does; cheap to ask."""
    current = Round.objects.filter(pk=round_id).values().first()
    unrelated = ("state", "closes_at", "title_nl", "title_en")
    row = sorted((name, str(value)) for name, value in (current or {}).items() if name not in unrelated)
    frozen = Edition.objects.filter(round_id=round_id, number=edition).values_list("pk", "content_hash").first()
    lists = (
        IndicatorSet.objects.all(),
        Release.objects.filter(state=Release.State.PUBLISHED),
        PolicyVersion.objects.filter(approved_at__isnull=False),
    )
    stored = [list(rows.order_by("pk").values_list("pk", flat=True)) for rows in lists]
    return connection.settings_dict["NAME"], row, frozen, stored


def _panels(past: Past) -> tuple[Panel, ...]:
    """Who took part in the earlier releases."""
    stored = dict(Edition.objects.filter(pk__in=[one.inputs_id for one in past.releases]).values_list("pk", "panel"))
    return tuple(Panel.from_bytes(bytes(stored[one.inputs_id])) for one in past.releases)


def _round(round_id: int) -> Round:
    return Round.objects.select_related("version__questionnaire").get(pk=round_id)


@lru_cache(maxsize=1)
def engine_hash() -> str:
    """Hash of the source that makes figures and certificates, and the versions of the libraries that calculate.

    Work that one version of the software began is not finished by another.
    """
    digest = hashlib.sha256("".join(f"{name} {installed_version(name)}\n" for name in ENGINE_PACKAGES).encode())
    root = Path(settings.BASE_DIR)
    for place in ENGINE_SOURCE:
        for path in sorted((root / place).rglob("*.py")) or [root / place]:
            digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()
