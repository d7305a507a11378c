"""What an import has to say: located remarks, counts, and control totals that must add up."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["rejected", "flagged", "notice"]


@dataclass(frozen=True, order=True)
class Remark:
    """One thing about one place. rejected: not imported; flagged: imported, a soft edit asks for attention;
    notice: worth knowing.
    """

    line: int
    column: str
    value: str
    reason: str
    kind: Kind = "rejected"
    code: str = ""

    def __str__(self) -> str:
        place = f"line {self.line}"
        if self.column:
            place += f", column {self.column}"
        if self.value or self.column:
            place += f", value {shown(self.value)}"
        return f"{place}: {self.reason}"


def shown(value: str, limit: int = 60) -> str:
    """A cell's text as messages repeat it: one line, not endless."""
    if not value:
        return "(empty)"
    clean = "".join(character if character.isprintable() else "�" for character in value)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def named_lines(lines: Sequence[int], limit: int = 10) -> str:
    """`line 3`, or `lines 3, 5, 8 …` with the first of them."""
    listed = ", ".join(str(line) for line in lines[:limit])
    return f"line{'s' if len(lines) > 1 else ''} {listed}{' …' if len(lines) > limit else ''}"


class LostNumbers(RuntimeError):
    """The import lost or doubled a number: a fault of the program, so the import is rolled back."""


@dataclass
class ColumnTotal:
    """The numbers of one column: all of the file, and the same by what became of them. Sums are exact (`math.fsum`)."""

    file: list[float] = field(default_factory=list)
    imported: list[float] = field(default_factory=list)
    unattributed: list[float] = field(default_factory=list)
    rejected: list[float] = field(default_factory=list)
    blanks: int = 0
    unreadable: int = 0

    def sums(self) -> dict[str, float]:
        """Sum over the file and over each part."""
        return {
            "file": math.fsum(self.file),
            "imported": math.fsum(self.imported),
            "unattributed": math.fsum(self.unattributed),
            "rejected": math.fsum(self.rejected),
        }

    def add_up(self) -> bool:
        """Whether the numbers of the file equal those that something became of."""
        rest = (*self.imported, *self.unattributed, *self.rejected)
        return len(rest) == len(self.file) and math.fsum(rest) == math.fsum(self.file)


@dataclass
class ImportReport:
    """Everything that one import of a round did, or would do."""

    round: str
    file: str
    dry_run: bool
    remarks: list[Remark] = field(default_factory=list)
    organisation_remarks: list[Remark] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    organisations: dict[str, int] = field(default_factory=dict)
    totals: dict[str, ColumnTotal] = field(default_factory=dict)
    seconds: float = 0.0

    def prove_totals(self) -> None:
        """Raises LostNumbers when a number of the file is neither imported, unattributed nor rejected."""
        lost = [column for column, total in self.totals.items() if not total.add_up()]
        if lost:
            raise LostNumbers(f"control totals do not add up in {', '.join(lost)}; nothing was imported")

    def of_kind(self, kind: Kind) -> list[Remark]:
        """The remarks of one kind, by line."""
        return sorted(remark for remark in self.remarks if remark.kind == kind)

    @property
    def rejected(self) -> list[Remark]:
        """What was not imported."""
        return self.of_kind("rejected")

    @property
    def flagged(self) -> list[Remark]:
        """What was imported and asks for attention."""
        return self.of_kind("flagged")

    @property
    def is_unchanged(self) -> bool:
        """Whether the database already held all of it."""
        changed = ("created", "updated", "unattributed_changed")
        return not any(self.counts.get(key) for key in changed) and not (
            self.organisations.get("created") or self.organisations.get("updated")
        )

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "round": self.round,
            "file": self.file,
            "dry_run": self.dry_run,
            "unchanged": self.is_unchanged,
            "seconds": round(self.seconds, 3),
            "counts": self.counts,
            "organisations": self.organisations,
            "control_totals": {
                column: {**total.sums(), "blank_cells": total.blanks, "unreadable_cells": total.unreadable}
                for column, total in self.totals.items()
            },
            "remarks": [asdict(remark) for remark in sorted(self.remarks)],
            "organisation_remarks": [asdict(remark) for remark in sorted(self.organisation_remarks)],
        }


def written(number: float) -> str:
    """A sum as people compare it: whole numbers without decimals, others with all that they have."""
    return str(int(number)) if number == int(number) and abs(number) < 2**53 else repr(number)


def total_lines(totals: Mapping[str, ColumnTotal]) -> Iterable[str]:
    """Control totals as lines of a table."""
    width = max((len(column) for column in totals), default=6)
    kinds = ("file", "imported", "unattributed", "rejected")
    yield f"{'column':{width}}" + "".join(f" {kind:>16}" for kind in kinds) + "  blank  unreadable"
    for column, total in totals.items():
        sums = total.sums()
        numbers = "".join(f" {written(sums[kind]):>16}" for kind in kinds)
        yield f"{column:{width}}{numbers} {total.blanks:6} {total.unreadable:11}"
