"""`make security`: programs that look for weaknesses in the code and from outside; see docs/security/findings.md.

python -m tests.security              everything (an hour or so)
python -m tests.security code         bandit and our own rules for semgrep
python -m tests.security schemathesis sqlmap wapiti      against the tests' world on this machine
python -m tests.security parsers      hypothesis at the parsers, a thousand examples each
"""

import os
import subprocess
import sys
import time

from scripts.embedded_postgres import environment_with_database
from tests.security import attacks, findings
from tests.security.tools import HOME, PROJECT
from tests.security.world_server import running_world, server_errors

OUTSIDE = {"schemathesis": attacks.schemathesis, "sqlmap": attacks.sqlmap, "wapiti": attacks.wapiti}
PARSERS = (
    "tests/surveys/questionnaire", "tests/surveys/test_hostile_text.py", "tests/surveys/test_import_cells.py",
    "tests/portal/test_spreadsheet.py", "tests/portal/test_mail_texts.py",
)  # fmt: skip
STEPS = ("code", "parsers", *OUTSIDE)


def code() -> list[str]:
    """Bandit and semgrep against what is accepted."""
    return findings.compare({*findings.found_by_bandit(), *findings.found_by_semgrep()})


def parsers() -> list[str]:
    """Every property test of what reads strangers' texts and files."""
    options = ["-q", "-p", "tests.security.hypothesis_profile", "--hypothesis-profile=security"]
    ended = subprocess.run([sys.executable, "-m", "pytest", *PARSERS, *options], cwd=PROJECT, check=False)
    return ["hypothesis found something: see above"] if ended.returncode else []


def from_outside(steps: list[str]) -> dict[str, tuple[list[str], float]]:
    """The programs that attack, against a portal of their own; its server errors are findings too."""
    results: dict[str, tuple[list[str], float]] = {}
    environment, server = environment_with_database(HOME / "database", throwaway=True)
    os.environ.update(environment)
    try:
        with running_world() as target:
            for name in steps:
                started = time.monotonic()
                results[name] = OUTSIDE[name](target), time.monotonic() - started
            if errors := server_errors():
                results["the portal itself"] = [f"{errors} server errors: see web.log"], 0.0
    finally:
        if server is not None:
            server.close()
    return results


def main() -> int:
    """Run the steps that are named, or all; 1 when anything was found."""
    wanted = sys.argv[1:] or list(STEPS)
    HOME.mkdir(parents=True, exist_ok=True)
    results: dict[str, tuple[list[str], float]] = {}
    for name, step in (("code", code), ("parsers", parsers)):
        if name in wanted:
            started = time.monotonic()
            results[name] = step(), time.monotonic() - started
    if set(wanted) & set(OUTSIDE):
        results |= from_outside([one for one in OUTSIDE if one in wanted])
    for name, (found, seconds) in results.items():
        sys.stdout.write(f"{name:<18}{'ok' if not found else 'FOUND':<8}{seconds:8.0f} s\n")
        sys.stdout.writelines(f"    {line}\n" for line in found)
    return int(any(found for found, _seconds in results.values()))


if __name__ == "__main__":
    sys.exit(main())
