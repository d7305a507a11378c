"""The environment: what production must set is named at once, with how; every variable is documented."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from portal.environment import VARIABLES, faults

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = {
    "SECRET_KEY": "k" * 60,
    "DATABASE_URL": "postgres://portal_login:secret@127.0.0.1/portal",
    "ALLOWED_HOSTS": "benchmark.example.org",
    "PORTAL_DATA_DIR": "/tmp/portal",
    "EMAIL_HOST": "mail.example.org",
    "DEFAULT_FROM_EMAIL": "benchmark@example.org",
}


def test_complete_environment_has_no_faults() -> None:
    assert faults(GOOD) == []


def test_everything_that_is_missing_is_named_at_once_with_an_example() -> None:
    found = faults({})
    assert [sentence.split(" ")[0] for sentence in found] == list(GOOD)
    assert all("For example: " in sentence for sentence in found)


@pytest.mark.parametrize("switch", ["DEBUG", "PORTAL_DEMO"])
def test_development_and_demonstration_need_little(switch: str) -> None:
    assert faults({switch: "1", "SECRET_KEY": "short", "DATABASE_URL": GOOD["DATABASE_URL"]}) == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SECRET_KEY", "short", "50 characters"),
        ("DATABASE_URL", "mysql://host/portal", "postgres://"),
        ("CELERY_BROKER_URL", "sqs://", "redis:"),
        ("EMAIL_PORT", "smtp", "whole number"),
        ("CSRF_TRUSTED_ORIGINS", "benchmark.example.org", "https://host"),
        ("LOG_FORMAT", "xml", "json"),
        ("PORTAL_METRICS_TOKEN", "secret", "32 characters"),
        ("CLAMD_ADDRESS", "tcp:clamav", "tcp:host:port"),
    ],
)
def test_value_that_cannot_be_right_is_told(name: str, value: str, told: str) -> None:
    (sentence,) = faults({**GOOD, name: value})
    assert sentence.startswith(name)
    assert told in sentence
    assert value not in sentence or name in ("CSRF_TRUSTED_ORIGINS",)  # a secret is not repeated


def test_every_variable_that_the_settings_read_is_known_and_documented() -> None:
    sources = [ROOT / "portal" / name for name in ("settings.py", "sign_in_settings.py")]
    text = "".join(path.read_text() for path in sources if path.exists())
    read = set(re.findall(r'(?:environ(?:\.get\(|\[)|_flag\()"([A-Z0-9_]+)"', text))
    names = {one.name for one in VARIABLES}
    assert len(read) > 15
    assert read - names == set()
    page = (ROOT / "docs" / "operations" / "settings.md").read_text()
    assert [name for name in names if f"`{name}`" not in page] == []


def test_command_with_an_empty_environment_says_what_to_set_and_nothing_else() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert all(name in done.stderr for name in GOOD)
