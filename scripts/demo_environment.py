"""The environment that the demo's processes run in: secret key, folders, host names. The database is added later."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from scripts.machine import PROJECT, RUN

HOME = Path(os.environ.get("PORTAL_RUN_DIR", RUN / "demo"))


def secret_key(home: Path) -> str:
    """A key of this machine's own, made once; sessions and the database login's password depend on it."""
    path = home / "secret_key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(50), encoding="ascii")
        unfinished.replace(path)
    return path.read_text(encoding="ascii").strip()


def demo_environment(environment: dict[str, str], home: Path) -> dict[str, str]:
    """`environment` with what the demo needs; what the user has set stays."""
    files = home / "files"
    files.mkdir(parents=True, exist_ok=True)
    defaults = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_DEMO": "1",
        "PORTAL_DATA_DIR": str(files),
        "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(PROJECT),
    }
    if "SECRET_KEY" not in environment:
        defaults["SECRET_KEY"] = secret_key(home)
    return {**defaults, **environment}
