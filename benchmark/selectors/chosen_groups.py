"""One chosen peer group over a whole release, for page and API alike: the same function, so the same numbers.

found = chosen_group(release, ["sector=public", "sector=semi", "size_band=large"])     # ChoiceError
found.group                          # key of the peer group that it is, or "" when it is made of blocks
found.figures["aht"].mean            # per KPI with blocks, from released bytes alone (benchmark.stats.chosen)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmark.selectors.releases import ReleaseView, label_category, label_peer_group
from benchmark.stats.chosen import Choice, ChoiceError, ChosenGroup, Plan, answer, categories_of, plan, read_choice
from benchmark.stats.disclosure.cells import Cell
from benchmark.stats.release import ReleasedGroup, ReleasedTable

TOO_FEW_BLOCKS = "too_few_blocks"


@dataclass(frozen=True)
class ChosenRelease:
    """A filter and what answers it. `choice`: dimension → categories.

    With `plan.group` the answer is that peer group of every table; else `figures` has one per KPI, of those that are
    offered for blocks (no shares).
    """

    choice: Choice
    plan: Plan
    figures: Mapping[str, ChosenGroup] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """Key of the peer group of the release that was chosen; "" for a union of blocks."""
        return self.plan.group


@dataclass(frozen=True)
class Filter:
    """One dimension to choose from: (code, label) of its categories."""

    dimension: str
    name: str
    options: tuple[tuple[str, str], ...]


def chosen_group(release: ReleaseView, given: Sequence[str]) -> ChosenRelease:
    """The group for these conditions (`sector=public`); raises ChoiceError with what is wrong."""
    tables: list[ReleasedTable] = list(release.tables.values())
    choice = read_choice(given, categories_of(tables[:1]))
    plans = [_plan(choice, table) for table in tables if table.blocks]
    made = plans[0] if plans else _plan(choice, tables[0]) if tables else None
    if made is None:
        raise ChoiceError("no_blocks")
    if made.group:
        return ChosenRelease(choice, made)
    # A correction may repeat the figures of an indicator with the blocks that it was made with: a plan for each.
    figures = {table.kpi: answer(table, choice, _plan(choice, table)) for table in tables if table.blocks}
    return ChosenRelease(choice, made, figures)


def chosen_cells(found: ChosenGroup) -> tuple[Cell, ...]:
    """The figures of a union of blocks as cells: `mean`, and `p50_approximate`."""
    values = {"mean": found.mean, "p50_approximate": found.median}
    return tuple(
        Cell(name, "suppressed", reason=TOO_FEW_BLOCKS) if value is None else Cell(name, "released", value)
        for name, value in values.items()
    )


def group_cells(table: ReleasedTable, key: str) -> tuple[Cell, ...]:
    """The figures of a peer group, without `n`."""
    group: ReleasedGroup = table.groups[key]
    return tuple(cell for name, cell in group.cells.items() if name != "n")


def filters_of(release: ReleaseView, language: str) -> tuple[Filter, ...]:
    """What can be chosen in a release: its dimensions and categories in words."""
    table = next(iter(release.tables.values()), None)
    if table is None:
        return ()
    names = {one.code: one.label.text(language) for one in release.questionnaire.dimensions}
    return tuple(
        Filter(
            code,
            names.get(code, code),
            tuple((one, label_category(code, one, release.questionnaire, language)) for one in codes),
        )
        for code, codes in categories_of([table]).items()
    )


def label_choice(release: ReleaseView, choice: Choice, language: str) -> str:
    """A filter in words: `Sector: Public or Semi-public, Size: Large`."""
    names = {one.code: one.label.text(language) for one in release.questionnaire.dimensions}
    declared = release.round.unions
    return ", ".join(
        f"{names.get(name, name)}: {label_category(name, category, release.questionnaire, language, declared)}"
        for name, codes in choice.items()
        for category in [codes[0] if len(codes) == 1 else codes]
    ) or label_peer_group("all", release.questionnaire, language)


def _plan(choice: Choice, table: ReleasedTable) -> Plan:
    return plan(choice, {key: group.terms for key, group in table.groups.items()}, table.blocks)
