"""`manage.py verify_certificate`: replay the proof that a release protects everybody.

manage.py verify_certificate aht.proof nps.proof          # files, without the database
manage.py verify_certificate --round national-2025 --patterns
manage.py verify_certificate --round national-2025 --kpi aht --export proofs/

Ends with 0 only when every certificate is sound. Certificates hold true values: treat the files as answers.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from benchmark.services.certificates import StoredProof, differences, stored_proofs
from benchmark.stats.disclosure.plain import PlainError
from benchmark.stats.disclosure.proofs import Checked, check_proof, names_of, read_proof
from portal.errors import PortalError
from portal.tenancy import worker_scope

HEAD = f"{'indicator':32} {'claims':>7} {'open':>6} {'witnesses':>9} {'replayed':>8} {'differ':>6} {'pattern':>8}"


class Command(BaseCommand):
    """Reads certificates, replays them and says what is not proven."""

    help = "Check certificates, from files or from the store, by replaying every witness through the publisher."

    def add_arguments(self, parser: CommandParser) -> None:
        """Files, or a round."""
        parser.add_argument("files", nargs="*", type=Path, help="certificates that were exported")
        parser.add_argument("--round", metavar="CODE", help="the stored certificates of a round")
        parser.add_argument("--edition", type=int, help="of the round; the newest when it is not named")
        parser.add_argument("--kpi", help="of the round; all when it is not named")
        parser.add_argument("--patterns", action="store_true", help="also count witnesses that withhold the same")
        parser.add_argument("--full", action="store_true", help="everything that can be checked")
        parser.add_argument("--export", metavar="DIR", type=Path, help="write the stored certificates to this folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """A line per certificate, a sum, and an error when one is not sound."""
        if bool(options["files"]) == bool(options["round"]):
            raise CommandError("Name files, or a round with --round.")
        if options["export"] and not options["round"]:
            raise CommandError("--export writes stored certificates: name a round with --round.")
        patterns = options["patterns"] or options["full"]
        self.stdout.write(HEAD)
        found = [self._check(name, data, kept, patterns) for name, data, kept in _given(options)]
        good = sum(found)
        self.stdout.write(f"{good} of {len(found)} certificates are sound.")
        if good != len(found):
            raise CommandError(f"{len(found) - good} certificates prove nothing.")

    def _check(self, name: str, data: bytes, kept: StoredProof | None, patterns: bool) -> bool:
        """Write what was found of one certificate; whether it is sound."""
        try:
            proof = read_proof(data)
        except PlainError as error:
            self.stdout.write(f"{name:32} {error}")
            return False
        checked, what = check_proof(proof, patterns=patterns), names_of(proof)
        problems = [*checked.problems, *(differences(kept, proof.document, proof.policy) if kept else [])]
        self.stdout.write(_line(f"{what.round}/{what.edition} {what.kpi}", checked))
        for problem in problems:
            self.stdout.write(f"  {name}: {problem}")
        return checked.sound and not problems


def _given(options: dict[str, Any]) -> Iterator[tuple[str, bytes, StoredProof | None]]:
    """(name, bytes, where it is stored) of each certificate; exported on the way when that is asked."""
    for path in options["files"]:
        try:
            yield str(path), path.read_bytes(), None
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
    if not options["round"]:
        return
    try:
        with translation.override("en"), worker_scope():
            for one in stored_proofs(options["round"], options["edition"], options["kpi"]):
                if options["export"]:
                    _write(options["export"], one)
                yield one.kpi, one.body, one
    except PortalError as error:
        raise CommandError(str(error)) from error


def _write(folder: Path, one: StoredProof) -> None:
    """The file, readable by whoever runs the command and nobody else."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / one.name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(one.body)


def _line(name: str, checked: Checked) -> str:
    share = checked.same_pattern / checked.witnesses if checked.witnesses and checked.same_pattern >= 0 else None
    pattern = "" if share is None else f"{100 * share:.0f} %"
    return (
        f"{name:32} {checked.claims:7} {checked.uncovered:6} {checked.witnesses:9} {checked.replayed:8}"
        f" {checked.mismatches:6} {pattern:>8}"
    )
