"""`make test`: every check, one after the other, with the time each took; fails when one of them fails.

scripts/run.py check                   all checks
scripts/run.py check lint types        only these
scripts/run.py check tests -- tests/portal -k jobs     arguments for pytest
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from scripts.embedded_postgres import EmbeddedPostgresError, environment_with_database
from scripts.machine import PROJECT, RUN, MachineLacks, ensure_chromium, ensure_pango, say
from scripts.messages import compile_messages

# For commands that only look at the code.
CODE_SETTINGS = "scripts.code_settings"
PROCESSES = "3"  # one more than a small machine has processors: tests with real workers and browsers often wait


@dataclass(frozen=True)
class Check:
    """One step of `make test`."""

    name: str
    run: Callable[[dict[str, str], list[str]], bool]


def tool(*command: str) -> Callable[[dict[str, str], list[str]], bool]:
    """A check that is one Python tool; True when it ends well."""

    def run(environment: dict[str, str], arguments: list[str]) -> bool:
        return (
            subprocess.run([sys.executable, "-m", *command], cwd=PROJECT, env=environment, check=False).returncode == 0
        )

    return run


def check_messages(environment: dict[str, str], arguments: list[str]) -> bool:
    """Every translation compiles and keeps its placeholders."""
    problems = compile_messages(force=True)
    for problem in problems:
        say(problem)
    return not problems


def check_imports(environment: dict[str, str], arguments: list[str]) -> bool:
    """The import contracts hold."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo"]
    return subprocess.run(command, cwd=PROJECT, check=False).returncode == 0


def check_tests(environment: dict[str, str], arguments: list[str]) -> bool:
    """The test suite; all of it in some processes, a selection in one."""
    spread = [] if arguments else ["-n", PROCESSES, "--dist", "loadscope", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", *spread, *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode == 0


CHECKS = (
    Check("lint", tool("ruff", "check", ".")),
    Check("format", tool("ruff", "format", "--check", "--quiet", ".")),
    Check("imports", check_imports),
    Check("types", tool("mypy")),
    Check("migrations", tool("django", "makemigrations", "--check", "--dry-run", "--settings", CODE_SETTINGS)),
    Check("messages", check_messages),
    Check("tests", check_tests),  # last, so that its closing line stays in sight
)


def main() -> int:
    """Run the checks that are named, or all."""
    names, arguments = split(sys.argv[1:])
    unknown = set(names) - {check.name for check in CHECKS}
    if unknown:
        say(f"Unknown checks {sorted(unknown)}; there are {[check.name for check in CHECKS]}")
        return 2
    chosen = [check for check in CHECKS if not names or check.name in names]
    try:
        if any(check.name == "tests" for check in chosen):
            provide_libraries()
        environment, server = environment_with_database(RUN / "test", throwaway=True)
    except (MachineLacks, EmbeddedPostgresError) as problem:
        say(str(problem))
        return 1
    environment["PYTHONPATH"] = str(PROJECT)
    (PROJECT / "staticfiles").mkdir(exist_ok=True)  # whitenoise warns when it is missing
    try:
        return report([(check.name, *timed(check, environment, arguments)) for check in chosen])
    except KeyboardInterrupt:
        return 130
    finally:
        if server is not None:
            server.close()


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Names before `--`, arguments for pytest behind it."""
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


def provide_libraries() -> None:
    """What tests need from the machine: Pango always, a browser always in CI and otherwise where it can be had."""
    ensure_pango()
    try:
        ensure_chromium()
    except MachineLacks as lack:
        if os.environ.get("CI") == "true":
            raise
        say(f"Note: {lack}\nThe browser tests will be skipped.")


def timed(check: Check, environment: dict[str, str], arguments: list[str]) -> tuple[bool, float]:
    """Run one check under a heading; whether it passed, and its seconds."""
    say(f"── {check.name}")
    started = time.monotonic()
    return check.run(environment, arguments), time.monotonic() - started


def report(results: list[tuple[str, bool, float]]) -> int:
    """A line per check; 1 when any failed."""
    say("── summary")
    for name, passed, seconds in results:
        say(f"{name:<12}{'ok' if passed else 'FAILED':<8}{seconds:6.1f} s")
    failed = [name for name, passed, _seconds in results if not passed]
    say(f"FAILED: {', '.join(failed)}" if failed else "All checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
