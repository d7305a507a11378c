"""`attack_release ROUND`: what anybody, or any participant, can work out from what was published."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from benchmark.services.attack_sources import Names, api_materials, file_materials, read_participants, read_values
from benchmark.services.attacking import (
    Attackers,
    Found,
    Material,
    Outcome,
    attack_materials,
    names_of,
    stored_materials,
)
from benchmark.stats.attack.reading import UnreadableDocumentError
from benchmark.stats.attack.recovery import PUBLIC
from portal.errors import PortalError
from portal.models import Organisation
from portal.tenancy import staff_scope, worker_scope

ROWS = 50


class Command(BaseCommand):
    """Shares no code with the protection; exit code 1 when anything is found."""

    help = (
        "Attack a published round with everything that was published before it. Exit code 1 when anybody is recovered."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """ROUND and where things are read from; see docs/auditing.md."""
        parser.add_argument(
            "round", nargs="*", help="code of the round (with --api or --from: all rounds, oldest first)"
        )
        parser.add_argument("--edition", type=int, help="default: the newest published edition")
        parser.add_argument("--as", dest="organisation", action="append", default=[], help="attack as this participant")
        parser.add_argument("--all", action="store_true", help="attack as every participant")
        parser.add_argument("--coalition", type=int, choices=[1, 2], default=1, help="2: pairs of participants as well")
        parser.add_argument("--pairs", type=int, default=200, help="at most so many pairs per indicator, else a sample")
        parser.add_argument("--kpi", action="append", default=[], help="only this indicator; repeat for several")
        parser.add_argument("--from", dest="files", type=Path, nargs="+", help="released documents or exports")
        parser.add_argument("--api", help="address of the API, on this machine: http://127.0.0.1:8000/api/v1")
        parser.add_argument("--key", default="", help="API key")
        parser.add_argument("--participants", type=Path, help="table: organisation, holding, a column per dimension")
        parser.add_argument("--values", type=Path, help="table of what attackers know: organisation, kpi, value")
        parser.add_argument("--within", type=float, default=0.05, help="how close counts as recovered (default 0.05)")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Gather, attack, print; exit code 1 when anything was found."""
        names = Names()
        try:
            with translation.override("en"):
                materials, attackers = self._gather(options, names)
                outcome = attack_materials(materials, attackers, within=options["within"], kpis=options["kpi"])
        except (PortalError, UnreadableDocumentError, OSError) as error:
            raise CommandError(str(error)) from None
        if options["files"] or options["api"]:
            known = names.names()
        else:
            with staff_scope():
                known = names_of(outcome.found)
        self.stdout.write(_as_json(outcome, known) if options["json"] else _as_table(outcome, known, materials))
        if not outcome.harmless:
            sys.exit(1)

    def _gather(self, options: dict[str, Any], names: Names) -> tuple[list[Material], Attackers]:
        if not (options["files"] or options["api"]):
            if len(options["round"]) != 1:
                raise CommandError("one round; those before it are read as well")
            with worker_scope():
                materials = stored_materials(options["round"][0], options["edition"])
            with staff_scope():
                wanted = tuple(_organisation(one) for one in options["organisation"])
        else:
            if not options["participants"]:
                raise CommandError("--from and --api need --participants")
            people = read_participants(options["participants"], names)
            values = read_values(options["values"], names) if options["values"] else {}
            materials = (
                file_materials(options["files"], people, values)
                if options["files"]
                else api_materials(options["api"], options["key"], options["round"], people, values)
            )
            wanted = tuple(names.numbers.get(one, -2) for one in options["organisation"])
            if -2 in wanted:
                raise CommandError("--as names an organisation that is not among the participants")
        everybody = options["all"] or (options["coalition"] > 1 and not wanted)
        return materials, Attackers(everybody, wanted, options["coalition"], options["pairs"])


def _organisation(text: str) -> int:
    found = Organisation.objects.filter(pk=int(text)) if text.isdigit() else Organisation.objects.filter(name=text)
    if found.count() != 1:
        raise CommandError(f"no organisation is called {text!r}: give its full name or its number")
    return int(found.get().pk)


def _row(one: Found, names: dict[int, str]) -> dict[str, Any]:
    it = one.recovery
    attackers = [names.get(i, str(i)) for i in (it.attacker, it.partner) if i != PUBLIC]
    return {
        "organisation": names.get(it.organisation, str(it.organisation)),
        "kpi": it.kpi,
        "round": f"{it.scene[0]}/{it.scene[1]}",
        "low": it.low,
        "high": it.high,
        "how": it.how,
        "attacker": " and ".join(attackers) or "anybody",
        "within_5_percent": one.close_5,
        "within_10_percent": one.close_10,
        "breaks_promise": one.breaks,
    }


def _as_json(outcome: Outcome, names: dict[int, str]) -> str:
    return json.dumps(
        {
            "recovered": [_row(one, names) for one in outcome.found],
            "counts": _counts(outcome),
            "blank_figures_by_reason": dict(sorted(outcome.blanks.items())),
            "telling_reasons": [vars(one) for one in outcome.telling],
            "finer_channels": [{**vars(one), "figure": list(one.figure)} for one in outcome.finer],
            "altered": outcome.altered,
            "documents": outcome.documents,
            "attackers": outcome.attackers,
            "pairs_tried": outcome.pairs,
            "pairs_in_all": outcome.pairs_in_all,
            "seconds": round(outcome.seconds, 1),
        },
        indent=1,
    )


def _counts(outcome: Outcome) -> dict[str, int]:
    found = outcome.found
    return {
        "within_5_percent": sum(one.close_5 for one in found),
        "within_10_percent": sum(one.close_10 for one in found),
        "breaks_promise": sum(one.breaks is True for one in found),
        "organisations": len({one.recovery.organisation for one in found}),
    }


def _as_table(outcome: Outcome, names: dict[int, str], materials: list[Material]) -> str:
    lines = [f"read: {', '.join(one.name for one in materials)} ({outcome.documents} documents)"]
    for one in sorted(outcome.found, key=lambda f: (f.recovery.kpi, f.recovery.organisation))[:ROWS]:
        row = _row(one, names)
        promise = {True: "breaks the promise", False: "promise kept", None: ""}[one.breaks]
        interval = f"{row['low']:.6g} – {row['high']:.6g}"
        lines.append(
            "  ".join((row["organisation"], row["kpi"], row["round"], interval, row["how"], row["attacker"], promise))
        )
    if len(outcome.found) > ROWS:
        lines.append(f"… and {len(outcome.found) - ROWS} more")
    lines += [f"altered: {one}" for one in outcome.altered]
    lines += [
        f"finer than released: {one.figure} in {one.channel}: {one.low:.8g} – {one.high:.8g}" for one in outcome.finer
    ]
    lines += [f"reasons that tell: {one.kpi} {one.statistic}, n = {one.n}: {one.reasons}" for one in outcome.telling]
    blank = ", ".join(f"{count} {reason}" for reason, count in sorted(outcome.blanks.items()))
    lines.append(f"blank figures: {blank or 'none'}")
    sampled = f" (a sample of {outcome.pairs_in_all})" if outcome.pairs < outcome.pairs_in_all else ""
    lines.append(f"attackers: the public, {outcome.attackers} participants, {outcome.pairs} pairs{sampled}")
    counts = _counts(outcome)
    lines.append(
        f"recovered: {counts['organisations']} organisations; values within 5 %: {counts['within_5_percent']}, within "
        f"10 %: {counts['within_10_percent']}, breaking the promise: {counts['breaks_promise']}"
    )
    lines.append(f"{outcome.seconds:.1f} seconds")
    return "\n".join(lines)
