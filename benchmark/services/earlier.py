"""What was published before about the same people: scenes for the protection, corrections, and held trends.

    past = published_past(round, edition)                       # in the worker's scope, once per computation
    place = place_among(past, indicator, table)
    place.repeated   bytes, when the last published edition's figures stand (nothing changed, or too few did)
    place.earlier    EarlierRelease …: facts that the new table is protected together with
    place.held(protected)   groups whose trend is held

Published releases and frozen answers never change, so they are read when they are needed, KPI by KPI. Every earlier
release is rebuilt from the answers that it was made of and from its released bytes, and one is held against the
other: a damaged store stops the computation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from benchmark.models import PolicyVersion, Release, ReleasedDocument
from benchmark.selectors.contributions import read_contributions
from benchmark.services.indicators import columns_of, options_of
from benchmark.services.policies import rules_of
from benchmark.stats.blocks import partition
from benchmark.stats.columns import Panel
from benchmark.stats.continuity import REMAINDER, Correction, correction_between, held_groups
from benchmark.stats.disclosure.cells import ProtectedTable
from benchmark.stats.disclosure.policy import Policy, profile
from benchmark.stats.disclosure.released import FiguresDiffer, check_figures, definition_of, pattern_of
from benchmark.stats.disclosure.scenes import EarlierRelease
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import PeerGroup, codes_of, is_block, parse_key
from benchmark.stats.release import DocumentError, definition_data, read_document, repeated_document
from benchmark.stats.tables import Table, compute_table
from benchmark.stats.trends import comparable
from portal.errors import NotPossibleNow
from portal.tenancy import worker_scope
from surveys.models import Round


@dataclass(frozen=True, eq=False)
class Scene:
    """One published table of an indicator, rebuilt: raw and as released, under the definition of then."""

    release: Release
    table: Table
    released: ProtectedTable
    definition: Mapping[str, Any]

    @property
    def earlier(self) -> EarlierRelease:
        """As the protection takes it."""
        return EarlierRelease(self.table, self.released)


@dataclass(frozen=True, eq=False)
class Past:
    """The published releases beside which an edition will stand, latest reference period and edition first.

    `own`: earlier editions of the same round. `others`: of the rounds nearest to it on either side, as far as the
    policy looks back; a round that is corrected late has published rounds after it.
    """

    round: Round
    edition: int
    own: tuple[Release, ...]
    others: tuple[Release, ...]

    @property
    def releases(self) -> tuple[Release, ...]:
        """All of them, the latest first."""
        return tuple(sorted((*self.own, *self.others), key=_when, reverse=True))

    def hashes(self) -> list[list[str | int]]:
        """Round, edition and hash of each: for the manifest, so that publication sees that nothing came in between."""
        return [[one.round.code, one.edition, one.content_hash] for one in self.releases]


@dataclass(frozen=True, eq=False)
class Place:
    """Where an indicator's new table stands among what was published. See the module's text."""

    table: Table
    earlier: tuple[EarlierRelease, ...] = ()
    before: Scene | None = None
    correction: Correction | None = None
    repeated: bytes | None = None

    @property
    def withheld_before(self) -> frozenset[str]:
        """Names of the sums that the last release withheld: the same again is preferred."""
        last = self.earlier[0].released if self.earlier else None
        cells = last.cells() if last is not None else ()
        return frozenset(f"{group.key}|{cell.statistic}" for group, cell in cells if cell.status == "suppressed")

    def held(self, protected: ProtectedTable) -> frozenset[str]:
        """Groups of the new release whose trend is held."""
        return frozenset() if self.before is None else held_groups(self.table, self.before.table, protected)

    def waiting(self) -> dict[str, int]:
        """For staff, when a correction waits: contributors that changed, and published groups with too few of them."""
        if self.correction is None or not self.correction.waits:
            return {}
        groups = [name for name in self.correction.short if REMAINDER not in name]
        return {"changed": self.correction.changed, "groups": len(groups or self.correction.short)}


def published_past(current: Round, edition: int, rounds_together: int) -> Past:
    """The published releases that an edition of this round is protected together with; in the worker's scope.

    `rounds_together`: how many rounds are looked at together, this one included (`Policy.rounds_together`).
    """
    published = Release.objects.filter(
        state=Release.State.PUBLISHED, round__version__questionnaire=current.version.questionnaire_id
    ).select_related("round__version__questionnaire", "indicators")
    own = published.filter(round=current, edition__lt=edition).order_by("-edition")
    found: dict[int, list[Release]] = {}
    for release in published.exclude(round=current).order_by("edition"):
        found.setdefault(release.round_id, []).append(release)
    here = (current.reference_period, current.code)
    rounds = sorted(found.values(), key=lambda editions: _when(editions[0])[:2])
    before = [editions for editions in rounds if _when(editions[0])[:2] < here]
    after = [editions for editions in rounds if _when(editions[0])[:2] > here]
    near = rounds_together - 1
    others = (release for editions in (*before[len(before) - near :], *after[:near]) for release in editions)
    return Past(current, edition, tuple(own), tuple(others))


def place_among(past: Past, indicator: Indicator, table: Table) -> Place:
    """Where the table of an indicator of the edition under way stands; enters the worker's scope itself.

    Raises NotPossibleNow when a stored release and the answers that it was made of do not belong together.
    """
    with worker_scope():
        scenes = _scenes(past, indicator)
        editions = _own_editions(past, indicator.code)
        differences = [
            correction_between(table, _table_of(one.release, indicator, one.released), one.released) for one in editions
        ]
        former = _newest_document(past, indicator.code)
    here = (past.round.reference_period, past.round.code)
    before = next((scene for scene in scenes if _when(scene.release)[:2] < here), None)
    earlier = tuple(scene.earlier for scene in scenes)
    if not editions or former is None:
        return Place(table, earlier, before)
    # The figures that stand are of the last edition; an earlier one may not be undercut either.
    short = {name: count for one in reversed(differences) for name, count in one.short.items()}
    correction = replace(differences[0], short=short)
    same = dict(editions[0].definition) == definition_data(indicator)
    stands = correction.waits or (correction.unchanged and same)
    repeated = repeated_document(former, past.edition) if stands else None
    return Place(table, earlier, before, correction, repeated)


def earlier_releases(
    current: Round, edition: int, indicator: Indicator, rounds_together: int
) -> tuple[EarlierRelease, ...]:
    """The published releases of an indicator that a new one is protected together with, the latest first."""
    with worker_scope():
        past = published_past(current, edition, rounds_together)
        return tuple(scene.earlier for scene in _scenes(past, indicator))


def _scenes(past: Past, indicator: Indicator) -> list[Scene]:
    """The published tables of the indicator that measure the same, the latest first; repeated ones once."""
    here = (past.round.reference_period, past.round.code)
    found = []
    for earlier in (True, False):
        nearest: tuple[str, Mapping[str, Any]] = past.round.version.version, definition_data(indicator)
        side = [one for one in past.releases if (_when(one)[:2] <= here) == earlier]
        for release in side if earlier else reversed(side):
            scene = _scene(release, indicator.code)
            if scene is None:
                continue
            this = release.round.version.version, scene.definition
            older, newer = (this, nearest) if earlier else (nearest, this)
            if not comparable(*older, *newer):
                break
            found.append(scene)
            nearest = this
    return sorted(found, key=lambda scene: _when(scene.release), reverse=True)


def _own_editions(past: Past, kpi: str) -> list[Scene]:
    """The earlier editions of the round with figures of their own, the latest first, however they were defined."""
    return [scene for release in past.own if (scene := _scene(release, kpi)) is not None]


def _newest_document(past: Past, kpi: str) -> bytes | None:
    """The document of the last published edition of the round; None when it has no such indicator."""
    row = ReleasedDocument.objects.filter(release=past.own[0], kpi=kpi).first() if past.own else None
    return None if row is None else bytes(row.body)


def _scene(release: Release, kpi: str) -> Scene | None:
    """An indicator of a published release, rebuilt; None without it, or when it repeats an earlier edition."""
    row = ReleasedDocument.objects.filter(release=release, kpi=kpi).first()
    if row is None:
        return None
    body = bytes(row.body)
    try:
        document = read_document(body)
        if document.repeats is not None:
            return None
        released, indicator = pattern_of(body, row.content_hash), definition_of(document)
        table = _table_of(release, indicator, released)
        check_figures(table, released, indicator, _policy_of(released))
    except (DocumentError, FiguresDiffer, ValueError) as error:
        raise NotPossibleNow(
            _("The published results of “%(round)s”, edition %(edition)s, are damaged in the store: %(error)s")
            % {"round": release.round.code, "edition": release.edition, "error": error}
        ) from error
    return Scene(release, table, released, document.indicator)


def _table_of(release: Release, indicator: Indicator, released: ProtectedTable) -> Table:
    """The raw table of an indicator for the groups of a release, from the answers that were frozen for it."""
    questionnaire = release.round.version.file
    needed = {spec.code for spec in columns_of(indicator, questionnaire)}
    given = read_contributions(release.round_id, release.edition, needed)
    if given is None:
        raise DocumentError("its answers were never frozen")
    columns = {code: given.columns[code] for code in sorted(needed)}
    values = kpi_values(indicator, columns, given.unattributed, options_of(indicator, questionnaire))
    return compute_table(indicator, values, given.panel, _groups_of(release, released, given.panel))


def _groups_of(release: Release, released: ProtectedTable, panel: Panel) -> list[PeerGroup]:
    """The groups that were released, in their order; blocks are made once more from the frozen panel."""
    blocks: Mapping[str, PeerGroup] = {}
    if any(is_block(group.terms) for group in released.groups):
        size, salt = _policy_of(released).min_contributors, release.round.version.questionnaire.code
        blocks = {group.key: group for group in partition(panel, size=size, salt=salt).groups}
    return [blocks.get(group.key) or group_of(panel, group.key) for group in released.groups]


def group_of(panel: Panel, key: str) -> PeerGroup:
    """The members of a group by its key, from the peer dimensions that were frozen in this panel.

    Without members where the panel does not know the dimension or the category.
    """
    terms = parse_key(key)
    inside = np.ones(len(panel), dtype=bool)
    for dimension, category in terms:
        listed = panel.categories.get(dimension, ())
        wanted = [listed.index(code) for code in codes_of(category) if code in listed]
        inside &= np.isin(panel.dimensions[dimension], wanted) if wanted else False
    return PeerGroup(key, terms, np.flatnonzero(inside))


def _policy_of(released: ProtectedTable) -> Policy:
    """The rules that it was released under: as stored, else as shipped."""
    name, version = released.policy_profile, released.policy_version
    stored = PolicyVersion.objects.filter(profile=name, version=version).first()
    return rules_of(stored) if stored else profile(name)


def _when(release: Release) -> tuple[str, str, int]:
    return release.round.reference_period, release.round.code, release.edition
