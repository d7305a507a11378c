"""Every mutant in a copy of the package, its killing tests in a process of their own: `make mutants`."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mutants.listing import MUTANTS, Mutant

PROJECT = Path(__file__).resolve().parents[2]
COPIED = ("benchmark", "surveys", "portal", "tests")
NOT_COPIED = shutil.ignore_patterns("__pycache__", "static", "templates", "locale", "e2e")
PLAIN = "[pytest]\npythonpath = .\naddopts = --import-mode=importlib\nmarkers =\n    slow\n    real_data\n    e2e\n"
WITHOUT = ("django", "randomly", "xdist", "cacheprovider")
NO_TEST_FAILED, A_TEST_FAILED = 0, 1
SECONDS = 300


class SpoiltMutantError(RuntimeError):
    """The mutant cannot be made or tested as it is described."""


def places(mutant: Mutant, root: Path = PROJECT) -> int:
    """How often the text that the mutant replaces is found."""
    return (root / mutant.path).read_text().count(mutant.before)


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the source and its tests, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        root = Path(folder)
        for name in COPIED:
            shutil.copytree(PROJECT / name, root / name, ignore=NOT_COPIED)
        (root / "pytest.ini").write_text(PLAIN)
        yield root


def failed(root: Path, tests: Iterable[str], *, keep_bytecode: bool = False) -> bool:
    """Whether one of the tests fails in the copy; raises SpoiltMutantError when they cannot be run."""
    environment = {**os.environ, "PYTHONPATH": str(root)} | ({} if keep_bytecode else {"PYTHONDONTWRITEBYTECODE": "1"})
    environment.pop("PYTEST_ADDOPTS", None)  # may name options of plug-ins that are left out here
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--noconftest", "--hypothesis-seed=0", "-c", "pytest.ini"]
    command += [part for name in WITHOUT for part in ("-p", f"no:{name}")]
    try:
        done = subprocess.run(
            [*command, *tests], cwd=root, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SpoiltMutantError(f"no outcome after {SECONDS} s") from error
    if done.returncode not in (NO_TEST_FAILED, A_TEST_FAILED):
        raise SpoiltMutantError(done.stdout[-2000:] + done.stderr[-2000:])
    return done.returncode == A_TEST_FAILED


def killed(root: Path, mutant: Mutant) -> bool:
    """Whether a test fails with the mutant in place of the source; the copy is put right again."""
    if places(mutant, root) != 1:
        raise SpoiltMutantError(f"{mutant.name}: its text is found {places(mutant, root)} times in {mutant.path}")
    source = root / mutant.path
    right = source.read_text()
    source.write_text(right.replace(mutant.before, mutant.after))
    try:
        return failed(root, mutant.killers)
    finally:
        shutil.copy2(PROJECT / mutant.path, source)


def main() -> int:
    """Run all (or those named in the arguments); 1 when one survives."""
    chosen = [one for one in MUTANTS if not sys.argv[1:] or one.name in sys.argv[1:]]
    survivors, started = [], time.monotonic()
    with copied() as root:
        if failed(root, sorted({killer for one in chosen for killer in one.killers}), keep_bytecode=True):
            raise SpoiltMutantError("the killing tests fail without any mutant")
        for one in chosen:
            begun = time.monotonic()
            dead = killed(root, one)
            survivors += [] if dead else [one.name]
            sys.stdout.write(f"{'killed  ' if dead else 'SURVIVES'} {time.monotonic() - begun:5.1f} s  {one.name}\n")
            sys.stdout.flush()
    seconds = time.monotonic() - started
    sys.stdout.write(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants killed in {seconds:.0f} s\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
