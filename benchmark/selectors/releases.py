"""The only reader of releases: every page, report, export and API answer gets its figures here.

    release = published_release("national-2025")            # newest published edition, or None
    table = release.tables["aht"]                            # ReleasedTable, parsed once per process
    figure = national_figure(table)                          # what the national overview shows
    groups = groups_for(organisation.dimensions, table)      # the peer groups of one organisation
    label_peer_group("sector=public", release.questionnaire, "nl")

Trends over rounds: benchmark/selectors/trends.py. What is not published yet is for staff only: `release_for_review`.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from benchmark.models import Release, ReleasedDocument
from benchmark.stats.disclosure.cells import Cell
from benchmark.stats.indicators import Indicator, IndicatorFile
from benchmark.stats.peers import ALL, Category, belongs, codes_of, is_block, parse_key
from benchmark.stats.release import ReleasedGroup, ReleasedTable, document_hash, read_document
from benchmark.stats.trends import HEADLINE_STATISTIC
from portal.models import User
from surveys.models import Round
from surveys.questionnaire import QuestionnaireFile

KEPT_DOCUMENTS = 512
SHARE = "share:"


class ReleaseDamaged(RuntimeError):
    """A stored document is not what was released: its bytes do not have the hash that was recorded."""


class ReleasedTables(Mapping[str, ReleasedTable]):
    """The documents of one release by KPI code, in the order of the indicator file.

    A document is read from the database and parsed when it is asked for, and kept per process by its hash (the bytes
    carry round and edition, so equal hashes are equal documents). `values()` and `items()` read all in one query.
    """

    def __init__(self, release_id: int) -> None:
        self._release_id = release_id
        rows = ReleasedDocument.objects.filter(release_id=release_id).order_by("position")
        self._hashes: dict[str, str] = dict(rows.values_list("kpi", "content_hash"))

    def __getitem__(self, kpi: str) -> ReleasedTable:
        """The table of one KPI; raises KeyError."""
        wanted = self._hashes[kpi]
        return _kept(wanted) or self._read({kpi: wanted})[kpi]

    def __iter__(self) -> Iterator[str]:
        """Codes of the KPIs."""
        return iter(self._hashes)

    def __len__(self) -> int:
        return len(self._hashes)

    def values(self) -> Any:
        """All tables."""
        return self._all().values()

    def items(self) -> Any:
        """All codes with their tables."""
        return self._all().items()

    def bodies(self) -> dict[str, bytes]:
        """The released bytes by KPI code, for the API, the export and the check of hashes."""
        return _bodies(self._release_id, self._hashes)

    def _all(self) -> dict[str, ReleasedTable]:
        kept = {kpi: table for kpi, wanted in self._hashes.items() if (table := _kept(wanted))}
        missing = {kpi: wanted for kpi, wanted in self._hashes.items() if kpi not in kept}
        found = kept | (self._read(missing) if missing else {})
        return {kpi: found[kpi] for kpi in self._hashes}

    def _read(self, wanted: Mapping[str, str]) -> dict[str, ReleasedTable]:
        return {kpi: _keep(wanted[kpi], body) for kpi, body in _bodies(self._release_id, wanted).items()}


@dataclass(frozen=True)
class ReleaseView:
    """One edition of a round's results, as everybody reads it. `tables` by KPI code."""

    id: int
    round: Round
    edition: int
    state: str
    computed_at: datetime
    reviewed_at: datetime | None
    published_at: datetime | None
    content_hash: str
    manifest: Mapping[str, Any]
    indicators: IndicatorFile
    questionnaire: QuestionnaireFile
    tables: ReleasedTables

    def themes(self) -> tuple[tuple[str, tuple[Indicator, ...]], ...]:
        """(section code, its indicators that were released), in the order of the questionnaire."""
        released = [item for item in self.indicators.items if item.code in self.tables]
        codes = dict.fromkeys([section.code for section in self.questionnaire.sections] + [i.theme for i in released])
        grouped = ((code, tuple(item for item in released if item.theme == code)) for code in codes)
        return tuple(pair for pair in grouped if pair[1])


@dataclass(frozen=True)
class PublishedRound:
    """A round with published results. `editions`: numbers, oldest first; the last is the one that counts."""

    round: Round
    editions: tuple[int, ...]
    published_at: datetime
    content_hash: str

    @property
    def edition(self) -> int:
        """The newest published edition."""
        return self.editions[-1]


@dataclass(frozen=True)
class Headline:
    """The figure that the national overview shows of one KPI.

    `figure`: which one it is: ratio (of sums), mean, median, or share. `cells`: one for a number, one per option (or
    merged options) for a share. `n`: number of organisations as shown (`60`, `<5`).
    """

    kpi: str
    figure: str
    cells: tuple[Cell, ...]
    n: str

    @property
    def cell(self) -> Cell | None:
        """The one cell of a number; None for a share or where the statistic does not exist."""
        return self.cells[0] if self.figure != "share" and self.cells else None

    @property
    def statistic(self) -> str:
        """Name of the statistic in the release (`ratio`, `mean`, `p50`); "" for a share."""
        return self.cell.statistic if self.cell else ""

    @property
    def value(self) -> float | None:
        """The released number; None for a share or when withheld."""
        return self.cell.value if self.cell else None

    @property
    def reason(self) -> str:
        """Code of the reason when withheld (see `reason_text`), else ""."""
        return self.cell.reason if self.cell else next((cell.reason for cell in self.cells if cell.reason), "")


def published_release(round_code: str, edition: int | None = None) -> ReleaseView | None:
    """The newest (or the named) published edition of a round, or None. Readable in every scope."""
    found = _releases().filter(round__code=round_code, state=Release.State.PUBLISHED)
    if edition is not None:
        found = found.filter(edition=edition)
    release = found.order_by("-edition").first()
    return _view(release) if release else None


def release_for_review(round_code: str, edition: int, *, by: User) -> ReleaseView | None:
    """An edition in any state, for foundation staff who review it; None for everybody else and when it is not there."""
    if not by.foundation_role:
        return None
    release = _releases().filter(round__code=round_code, edition=edition).first()
    return _view(release) if release else None


def published_rounds(questionnaire_code: str | None = None) -> tuple[PublishedRound, ...]:
    """Rounds with published results, newest reference period first; of one questionnaire when it is named."""
    releases = _releases().filter(state=Release.State.PUBLISHED)
    if questionnaire_code is not None:
        releases = releases.filter(round__version__questionnaire__code=questionnaire_code)
    found: dict[int, list[Release]] = {}
    for release in releases.order_by("-round__reference_period", "round__code", "edition"):
        found.setdefault(release.round_id, []).append(release)
    return tuple(
        PublishedRound(
            editions[-1].round,
            tuple(release.edition for release in editions),
            editions[-1].published_at or editions[-1].computed_at,
            editions[-1].content_hash,
        )
        for editions in found.values()
    )


def published_series(questionnaire_code: str) -> tuple[ReleaseView, ...]:
    """The newest published edition of each round of a questionnaire, oldest reference period first: for trends."""
    releases = _releases().filter(state=Release.State.PUBLISHED, round__version__questionnaire__code=questionnaire_code)
    newest = {release.round_id: release for release in releases.order_by("edition")}
    in_order = sorted(newest.values(), key=lambda release: (release.round.reference_period, release.round.code))
    return tuple(_view(release) for release in in_order)


def national_figure(table: ReleasedTable) -> Headline:
    """The headline figure of the group of all participants, as the indicator's definition names it."""
    return group_figure(table, ALL)


def group_figure(table: ReleasedTable, key: str) -> Headline:
    """The headline figure of one peer group; without cells where the group does not exist."""
    figure = str(table.indicator["headline"])
    group = table.groups.get(key)
    if group is None:
        return Headline(table.kpi, figure, (), "")
    if figure == "share":
        cells = tuple(cell for name, cell in group.cells.items() if name.startswith(SHARE))
    else:
        cell = group.cells.get(HEADLINE_STATISTIC[figure])
        cells = (cell,) if cell else ()
    return Headline(table.kpi, figure, cells, group.n_text)


def groups_for(dimensions: Mapping[str, str], table: ReleasedTable) -> tuple[ReleasedGroup, ...]:
    """The released peer groups that an organisation with these dimensions is in: all, each dimension, declared unions,
    each pair; no blocks."""
    return tuple(group for group in table.groups.values() if belongs(dimensions, group.terms))


def label_peer_group(
    key: str, questionnaire: QuestionnaireFile, language: str, declared: Sequence[Mapping[str, Any]] = ()
) -> str:
    """A peer group in words: `All participants`, `Sector: Public sector, Size: Large`. Raises ValueError for no key.

    `declared`: the unions of the round (`Round.unions`), whose own labels are used; else it is `Sector: A or B`.
    """
    terms = parse_key(key)
    with translation.override(language):
        if not terms:
            return _("All participants")
        if is_block(terms):
            return _("Block %(number)s") % {"number": str(terms[0][1]).lstrip("b0")}
    labels = []
    for code, category in terms:
        dimension = next((one for one in questionnaire.dimensions if one.code == code), None)
        name = dimension.label.text(language) if dimension else code
        labels.append(f"{name}: {label_category(code, category, questionnaire, language, declared)}")
    return ", ".join(labels)


def label_category(
    dimension: str,
    category: Category,
    questionnaire: QuestionnaireFile,
    language: str,
    declared: Sequence[Mapping[str, Any]] = (),
) -> str:
    """A category in words without the name of its dimension; a union by its declared label, else `A or B`."""
    for union in declared:
        if union["dimension"] == dimension and tuple(union["categories"]) == category:
            return str(union["label"][language])
    names = next((one.labels(language) for one in questionnaire.dimensions if one.code == dimension), {})
    labels = [names.get(code, code) for code in codes_of(category)]
    if len(labels) == 1:
        return labels[0]
    with translation.override(language):
        return _("%(first)s or %(last)s") % {"first": ", ".join(labels[:-1]), "last": labels[-1]}


def label_share(statistic: str, indicator: Indicator, questionnaire: QuestionnaireFile, language: str) -> str:
    """The option of a share statistic in words; merged options (`share:a+b`) joined by a plus sign."""
    question = questionnaire.question(indicator.question or "")
    labels = []
    for code in statistic.removeprefix(SHARE).split("+"):
        option = question.option(code)
        labels.append(option.label.text(language) if option else _yes_no(code, language))
    return " + ".join(labels)


def _yes_no(code: str, language: str) -> str:
    with translation.override(language):
        return {"yes": _("Yes"), "no": _("No")}.get(code, code)


def _releases() -> QuerySet[Release]:
    return Release.objects.select_related("round__version__questionnaire", "indicators")


def _view(release: Release) -> ReleaseView:
    return ReleaseView(
        id=release.pk,
        round=release.round,
        edition=release.edition,
        state=release.state,
        computed_at=release.computed_at,
        reviewed_at=release.reviewed_at,
        published_at=release.published_at,
        content_hash=release.content_hash,
        manifest=release.manifest,
        indicators=release.indicators.file,
        questionnaire=release.round.version.file,
        tables=ReleasedTables(release.pk),
    )


def _bodies(release_id: int, hashes: Mapping[str, str]) -> dict[str, bytes]:
    rows = ReleasedDocument.objects.filter(release_id=release_id, kpi__in=list(hashes)).order_by("position")
    bodies = {row.kpi: bytes(row.body) for row in rows}
    for kpi, wanted in hashes.items():
        if kpi not in bodies or document_hash(bodies[kpi]) != wanted:
            raise ReleaseDamaged(f"the document of {kpi} in release {release_id} is not what was released")
    return bodies


_documents: OrderedDict[str, ReleasedTable] = OrderedDict()
_lock = threading.Lock()


def _kept(wanted: str) -> ReleasedTable | None:
    with _lock:
        table = _documents.get(wanted)
        if table is not None:
            _documents.move_to_end(wanted)
        return table


def _keep(wanted: str, body: bytes) -> ReleasedTable:
    table = read_document(body)
    with _lock:
        _documents[wanted] = table
        while len(_documents) > KEPT_DOCUMENTS:
            _documents.popitem(last=False)
    return table
