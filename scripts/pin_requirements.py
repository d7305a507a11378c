"""Writes requirements.txt, requirements-extras.txt and requirements-dev.txt from pyproject.toml: hashes, no addresses.

`python -m scripts.pin_requirements --upgrade` also takes newer versions.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from scripts.machine import PROJECT

OPTIONS = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet"]
OLDEST_PYTHON = ["--python-version", "3.11"]


def main() -> int:
    """Pin the files; extras and development keep the runtime's versions."""
    uv = shutil.which("uv")
    if uv is None:
        print("uv is not here: pip install uv")
        return 1
    command = [uv, "pip", "compile", *OPTIONS, *OLDEST_PYTHON, *sys.argv[1:], "pyproject.toml"]
    extras = ["--all-extras", "-c", "requirements.txt", "-o", "requirements-extras.txt"]
    development = ["--group", "dev", "-c", "requirements.txt", "-o", "requirements-dev.txt"]
    for extra in (["-o", "requirements.txt"], extras, development):
        subprocess.run([*command, *extra], cwd=PROJECT, check=True)
    for name in ("requirements.txt", "requirements-extras.txt", "requirements-dev.txt"):
        text = (PROJECT / name).read_text(encoding="utf-8")
        if "://" in text:
            print(f"{name} holds an address; it must not")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
