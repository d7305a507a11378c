"""Programs that look for weaknesses, each in an environment of its own: their pins would fight each other and ours."""

import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
HOME = PROJECT / ".run" / "security"
PINS = {
    "bandit": "bandit==1.9.4",
    "semgrep": "semgrep==1.182.0",
    "schemathesis": "schemathesis==4.32.5",
    "sqlmap": "sqlmap==1.10.10",
    "wapiti": "wapiti3==3.2.3",
}


def tool(name: str) -> Path:
    """The program, installed on first use."""
    where = HOME / "tools" / name
    program, stamp = where / "bin" / name, where / "installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != PINS[name]:
        print(f"Installing {PINS[name]}", flush=True)  # noqa: T201
        venv.create(where, with_pip=True, clear=True)
        subprocess.run([where / "bin" / "python", "-m", "pip", "install", "--quiet", PINS[name]], check=True)
        stamp.write_text(PINS[name], encoding="utf-8")
    return program


def run(
    name: str,
    *arguments: str,
    into: Path | None = None,
    seconds: int = 1800,
    surroundings: dict[str, str] | None = None,
) -> int:
    """Run a program in the project; its exit code. What it prints goes into a file when there is one."""
    command = ["nice", "-n", "10", str(tool(name)), *arguments]
    with (into or Path("/dev/null")).open("wb") as out:
        ended = subprocess.run(
            command, cwd=PROJECT, check=False, timeout=seconds, stdout=out if into else None,
            stderr=subprocess.STDOUT if into else sys.stderr,
            env={"PATH": f"{tool(name).parent}:/usr/bin:/bin", "HOME": str(HOME), "SEMGREP_SEND_METRICS": "off"}
            | (surroundings or {}),
        )  # fmt: skip
    return ended.returncode
