"""What the machine has, and how it gets what it lacks: Debian packages as root or by sudo, or a line to run."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
RUN = PROJECT / ".run"

# WeasyPrint opens these shared libraries when it renders a PDF.
PANGO_LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz": "libharfbuzz0b",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


class MachineLacks(Exception):
    """Something is missing that we may not or could not install; the message says what to run."""


def say(text: str) -> None:
    """Print one line at once, so that it stands in order with the output of child processes."""
    print(text, flush=True)


def administrator_prefix() -> list[str] | None:
    """Words before a command that needs root: none as root, sudo when it asks no password, None when we may not."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def install_debian_packages(packages: list[str], purpose: str) -> None:
    """Install Debian packages; raise MachineLacks with the line to run when that is not possible."""
    line = f"apt-get install --no-install-recommends {' '.join(packages)}"
    prefix = administrator_prefix()
    if not shutil.which("apt-get") or prefix is None:
        raise MachineLacks(f"{purpose}: missing {', '.join(packages)}. As an administrator, run:  {line}")
    say(f"Installing {', '.join(packages)} ({purpose})")
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    install = [*prefix, *environment, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    result = subprocess.run(install, capture_output=True, text=True, check=False)
    if result.returncode:
        # An old package list is the usual cause: fetch a new one and try once more.
        subprocess.run([*prefix, *environment, "apt-get", "update", "-qq"], capture_output=True, check=False)
        result = subprocess.run(install, capture_output=True, text=True, check=False)
    if result.returncode:
        raise MachineLacks(f"{purpose}: '{line}' failed:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")


def ensure_venv_module() -> None:
    """Debian keeps ensurepip out of python3; without it no virtual environment has pip."""
    import importlib.util

    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    install_debian_packages([f"python{version}-venv"], "virtual environments")


def missing_pango_packages() -> list[str]:
    """Debian packages of the text-layout libraries that are not on this machine."""
    return [package for name, package in PANGO_LIBRARIES.items() if not library_is_there(name)]


def library_is_there(name: str) -> bool:
    """Whether the dynamic linker finds the library; needs neither ldconfig in PATH nor a compiler."""
    if ctypes.util.find_library(name):
        return True
    try:
        ctypes.CDLL(f"lib{name}.so.0")
    except OSError:
        return False
    return True


def ensure_pango() -> None:
    """Libraries for PDF reports."""
    if packages := missing_pango_packages():
        install_debian_packages(packages, "PDF reports")


def find_chromium() -> str | None:
    """Path of an installed Chromium, or None. CHROMIUM overrides."""
    named = os.environ.get("CHROMIUM")
    return next((found for name in ((named,) if named else CHROMIUM_NAMES) if (found := shutil.which(name))), None)


def driver_can_run() -> bool:
    """Whether the library is there that Playwright's driver is linked against and its wheel does not carry."""
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True


def ensure_chromium() -> str:
    """Path of a Chromium for the browser tests, installing Debian's, and what drives it, when they are missing."""
    missing = ([] if find_chromium() else ["chromium"]) + ([] if driver_can_run() else ["libatomic1"])
    if missing:
        install_debian_packages(missing, "browser tests")
    if found := find_chromium():
        return found
    raise MachineLacks("browser tests: chromium was installed but is not in PATH")
