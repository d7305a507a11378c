"""Release documents: the bytes that every channel reads, one per indicator of a release.

Canonical JSON: sorted keys, numbers as the shortest text that reads back the same, no spaces, a newline at the
end. The same ProtectedTable gives the same bytes, and their SHA-256 names them.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from benchmark.stats.blocks import BlockFacts
from benchmark.stats.disclosure.cells import Cell, ProtectedTable
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import Terms, parse_key

FORMAT = 1
HELD = "held"


class DocumentError(ValueError):
    """The bytes are not a release document of this format."""


@dataclass(frozen=True)
class ReleaseMeta:
    """What a document belongs to: the round's code, its edition (from 1), questionnaire and reference period."""

    round: str
    edition: int
    questionnaire: str
    version: str
    period: str


@dataclass(frozen=True)
class ReleasedGroup:
    """Released cells of one peer group; `n` is None below the minimum, where `n_below` says below which number.

    `trend_held`: so few joined or left since the round before that the two rounds are not set side by side.
    """

    key: str
    terms: Terms
    n: int | None
    contributors: int | None
    n_below: int | None
    cells: Mapping[str, Cell]
    trend_held: bool = False

    @property
    def n_text(self) -> str:
        """Number of organisations as shown: `28` or `<5`."""
        return f"<{self.n_below}" if self.n is None else str(self.n)

    def value(self, statistic: str) -> float | None:
        """The released figure; None when it is withheld, coded at an end, or does not exist."""
        cell = self.cells.get(statistic)
        return None if cell is None or cell.coded else cell.value


@dataclass(frozen=True)
class ReleasedTable:
    """A release document, read back. `indicator` holds the definition as it was released.

    `repeats`: the earlier edition of the round whose figures these are; None for figures of this edition itself.
    `blocks`: by group key, for the groups that are blocks.
    """

    meta: ReleaseMeta
    indicator: Mapping[str, Any]
    policy: Mapping[str, Any]
    groups: Mapping[str, ReleasedGroup]
    repeats: int | None = None
    blocks: Mapping[str, BlockFacts] = field(default_factory=dict)

    @property
    def kpi(self) -> str:
        """Code of the indicator."""
        return str(self.indicator["code"])

    def quantile_digits(self, key: str) -> int:
        """Significant digits of the released quantiles of a group."""
        n = self.groups[key].n
        few = n is None or n < int(self.policy["quantile_digits_below"])
        return int(self.policy["quantile_digits" if few else "digits"])


@dataclass(frozen=True)
class CellRow:
    """One released cell as exported: `value` and `n` as text (`54.8`, `<10`; "" when withheld)."""

    round: str
    edition: int
    kpi: str
    peer_group: str
    statistic: str
    value: str
    status: str
    n: str
    reason: str


def release_document(
    protected: ProtectedTable,
    indicator: Indicator,
    meta: ReleaseMeta,
    *,
    held: Collection[str] = (),
    blocks: Mapping[str, BlockFacts] | None = None,
) -> bytes:
    """The canonical bytes of a protected table. `held`: keys of the groups whose trend is held. `blocks`: what is
    published of the blocks among the groups (`Blocks.facts`).

    Raises TypeError for anything that is not a ProtectedTable.
    """
    if not isinstance(protected, ProtectedTable):
        raise TypeError("only a ProtectedTable can be released")
    if protected.indicator_code != indicator.code:
        raise ValueError(f"a table of {protected.indicator_code} cannot be released as {indicator.code}")
    return document_bytes(protected, definition_data(indicator), meta, held, blocks)


def definition_data(indicator: Indicator) -> dict[str, Any]:
    """The definition of an indicator as a document holds it."""
    definition = indicator.model_dump(mode="json", exclude_none=True)
    definition["headline"] = indicator.headline_figure
    if not indicator.denominator_public:
        del definition["denominator_public"]  # so that documents made before there was such a field stay the same
    return definition


def document_bytes(
    protected: ProtectedTable,
    definition: Mapping[str, Any],
    meta: ReleaseMeta,
    held: Collection[str] = (),
    blocks: Mapping[str, BlockFacts] | None = None,
) -> bytes:
    """As `release_document`, with the definition as plain data: as an earlier document holds it."""
    document = {
        "format": FORMAT,
        "meta": vars(meta),
        "indicator": dict(definition),
        "policy": {
            "profile": protected.policy_profile,
            "version": protected.policy_version,
            "digits": protected.digits,
            "quantile_digits": protected.quantile_digits,
            "quantile_digits_below": protected.quantile_digits_below,
        },
        "groups": [
            {
                "key": group.key,
                "n": group.n,
                "contributors": group.contributors,
                "n_below": group.n_below,
                "cells": [_cell(cell) for cell in group.cells.values()],
                **({"trend": HELD} if group.key in held else {}),
                **({"block": _block(blocks[group.key])} if blocks and group.key in blocks else {}),
            }
            for group in protected.groups
        ],
    }
    return canonical_json(document)


def repeated_document(data: bytes, edition: int) -> bytes:
    """A released document once more, as part of a later edition of its round: the same cells, byte for byte.

    `repeats` says which edition's figures they are. Raises DocumentError.
    """
    table = read_document(data)
    document = json.loads(data)
    document["repeats"] = table.repeats or table.meta.edition
    document["meta"]["edition"] = edition
    return canonical_json(document)


def read_document(data: bytes) -> ReleasedTable:
    """Read a release document; raises DocumentError."""
    try:
        document = json.loads(data)
        if document["format"] != FORMAT:
            raise DocumentError(f"release document of format {document['format']}, expected {FORMAT}")
        groups = {item["key"]: _read_group(item) for item in document["groups"]}
        meta = ReleaseMeta(**document["meta"])
        indicator, policy = document["indicator"], document["policy"]
        definition, rules = MappingProxyType(indicator), MappingProxyType(policy)
        facts = {item["key"]: _read_block(item["block"]) for item in document["groups"] if "block" in item}
        blocks = MappingProxyType(facts)
        return ReleasedTable(meta, definition, rules, MappingProxyType(groups), document.get("repeats"), blocks)
    except (ValueError, KeyError, TypeError) as error:
        raise DocumentError(f"not a release document: {error}") from error


def document_hash(data: bytes) -> str:
    """SHA-256 of one document, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def content_hash(documents: Mapping[str, bytes]) -> str:
    """Hash of a whole release: over the sorted pairs of indicator code and document hash."""
    pairs = sorted((code, document_hash(data)) for code, data in documents.items())
    return hashlib.sha256(canonical_json([list(pair) for pair in pairs])).hexdigest()


def cell_rows(tables: Iterable[ReleasedTable]) -> Iterator[CellRow]:
    """All cells of the documents, in their order: for CSV and for COPY."""
    for table in tables:
        for group in table.groups.values():
            for cell in group.cells.values():
                yield CellRow(
                    table.meta.round,
                    table.meta.edition,
                    table.kpi,
                    group.key,
                    cell.statistic,
                    cell_text(cell),
                    cell.status,
                    group.n_text,
                    cell.reason,
                )


def cell_text(cell: Cell) -> str:
    """The figure as plain text with a decimal point: `54.8`, `1360000`, `<10`, "" when withheld."""
    return "" if cell.value is None else cell.coded + json.dumps(_number(cell.value))


def canonical_json(data: Any) -> bytes:
    """The one way to write JSON that is hashed or released. Raises ValueError on NaN and infinity."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"


def _cell(cell: Cell) -> dict[str, Any]:
    """A cell with its empty fields left out."""
    data: dict[str, Any] = {"statistic": cell.statistic, "status": cell.status}
    if cell.value is not None:
        data["value"] = _number(cell.value)
    data.update({name: text for name in ("coded", "reason", "alternative") if (text := getattr(cell, name))})
    return data


def _block(facts: BlockFacts) -> dict[str, Any]:
    return {"organisations": facts.organisations, "strata": list(facts.strata)}


def _read_block(data: Mapping[str, Any]) -> BlockFacts:
    return BlockFacts(int(data["organisations"]), tuple(map(str, data["strata"])))


def _read_group(item: Mapping[str, Any]) -> ReleasedGroup:
    cells = {cell["statistic"]: Cell(**cell) for cell in map(_read_cell, item["cells"])}
    return ReleasedGroup(
        item["key"],
        parse_key(item["key"]),
        item["n"],
        item["contributors"],
        item["n_below"],
        MappingProxyType(cells),
        item.get("trend") == HELD,
    )


def _read_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {**cell, "value": float(cell["value"])} if "value" in cell else dict(cell)


def _number(value: float) -> float | int:
    """Whole numbers without `.0`, so that 60 organisations are `60` everywhere."""
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value
