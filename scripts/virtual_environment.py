"""The virtual environment in .venv, keyed by the content of the requirements files, so a second start costs nothing."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from scripts.machine import PROJECT, RUN, MachineLacks, ensure_venv_module, say

ENVIRONMENT = PROJECT / ".venv"
STAMP = ENVIRONMENT / "installed.json"


def ensure_environment(*, development: bool, where: Path = ENVIRONMENT) -> str:
    """Path of a Python that has everything in requirements.txt (or requirements-dev.txt).

    Exits with a message when it can't be made. Two starts at once wait for each other.
    """
    RUN.mkdir(exist_ok=True)
    with (RUN / "venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            bring_up_to_date(where, development=development)
        except MachineLacks as lack:
            sys.exit(str(lack))
    return str(where / "bin" / "python")


def bring_up_to_date(where: Path, *, development: bool) -> None:
    """Create the environment or install what changed."""
    stamp = where / STAMP.name
    installed = read_stamp(stamp)
    wanted = wanted_state(development=development)
    if "python" in installed and (where / "bin" / "python").exists() and "PORTAL_PYTHON_CHOSEN" not in os.environ:
        wanted["python"] = installed["python"]  # whatever Python made it; the one that calls may be another
    if all(installed.get(key) == value for key, value in wanted.items()) and (where / "bin" / "python").exists():
        return
    started = time.monotonic()
    same_base = all(installed.get(key) == wanted[key] for key in ("python", "project"))
    if not same_base or not (where / "bin" / "python").exists():
        create(where)
        installed = {}
    requirements = "requirements-dev.txt" if development else "requirements.txt"
    say(f"Installing {requirements} into {where.name} (hash-checked; a minute or so the first time)")
    stamp.unlink(missing_ok=True)
    install(where, PROJECT / requirements)
    make_project_importable(where, wanted["python"])
    stamp.write_text(json.dumps(wanted), encoding="utf-8")
    say(f"Virtual environment ready in {time.monotonic() - started:.0f} s")


def make_project_importable(where: Path, version: str) -> None:
    """Let pytest, celery and other programs of the environment import the project from any directory."""
    target = where / "lib" / f"python{version}" / "site-packages" / "project.pth"
    target.write_text(f"{PROJECT}\n", encoding="utf-8")


def wanted_state(*, development: bool) -> dict[str, str]:
    """What the stamp must say: the Python version and the hash of each requirements file that counts."""
    state = {
        "project": str(PROJECT),  # an environment cannot be moved; a copied tree gets its own
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "requirements.txt": content_hash(PROJECT / "requirements.txt"),
    }
    if development:
        state["requirements-dev.txt"] = content_hash(PROJECT / "requirements-dev.txt")
    return state


def content_hash(path: Path) -> str:
    """SHA-256 of the file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_stamp(stamp: Path) -> dict[str, str]:
    """What was installed last; empty when unknown or unreadable (an install that was killed leaves none)."""
    try:
        content = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def create(where: Path) -> None:
    """A new, empty environment of the Python that runs this."""
    ensure_venv_module()
    if where.exists():
        shutil.rmtree(where)
    say(f"Creating {where.name} with Python {sys.version.split()[0]}")
    # sys._base_executable: the Python behind an environment that this may itself be running in.
    base = getattr(sys, "_base_executable", None) or sys.executable
    result = subprocess.run([base, "-m", "venv", str(where)], capture_output=True, text=True, check=False)
    if result.returncode:
        raise MachineLacks(f"Could not make a virtual environment:\n{result.stdout}{result.stderr}")


def install(where: Path, requirements: Path) -> None:
    """Install pinned packages with plain pip, each checked against its hash; wheels only, so no compiler is needed."""
    command = [str(where / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    command += ["--require-hashes", "--only-binary", ":all:", "--no-warn-script-location", "-r", str(requirements)]
    for attempt in (1, 2):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return
        if attempt == 1:
            say("The installation failed; trying once more")
    raise MachineLacks(f"pip could not install {requirements.name}:\n{result.stdout[-1500:]}{result.stderr[-3000:]}")
