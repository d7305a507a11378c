"""The inventories of keys and of logs name what the code has, and nothing else."""

import logging
import re
from pathlib import Path

from portal.audit_words import WORDS
from portal.environment import VARIABLES
from portal.retention import days_kept

HERE = Path(__file__).resolve().parents[2]
CODE = {path: path.read_text(encoding="utf-8") for room in ("portal", "surveys", "benchmark")
        for path in (HERE / room).rglob("*.py")}  # fmt: skip
KEYS = (HERE / "docs/security/keys.md").read_text(encoding="utf-8")
LOGS = (HERE / "docs/operations/logs.md").read_text(encoding="utf-8")
DERIVED = re.compile(r"""(?:salted_hmac\(\s*|SALT = )["']([\w.-]+)["']""")
LOGGER = re.compile(r"""^log = logging\.getLogger\((__name__|"[\w.]+")\)""", re.MULTILINE)
SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|DSN|_URL$")


def test_every_key_that_is_derived_is_in_the_inventory() -> None:
    used = {name for text in CODE.values() for name in DERIVED.findall(text)}
    told = set(re.findall(r"^\| `(portal\.[\w.-]+)` \|", KEYS, re.MULTILINE))
    assert used == told


def test_every_secret_setting_is_in_the_inventory() -> None:
    secret = {one.name for one in VARIABLES if SECRET.search(one.name)}
    assert len(secret) > 8
    assert [name for name in secret if f"`{name}`" not in KEYS] == []


def test_every_logger_is_in_the_inventory() -> None:
    used = set()
    for path, text in CODE.items():
        for name in LOGGER.findall(text):
            module = ".".join(path.relative_to(HERE).with_suffix("").parts)
            used.add(module if name == "__name__" else name.strip('"'))
    told = set(re.findall(r"^\| `((?:portal|surveys|benchmark)\.[\w.]+)` \|", LOGS, re.MULTILINE))
    assert used == told
    assert all(logging.getLogger(name).propagate for name in used)


def test_times_that_logs_are_kept_are_those_of_the_policy() -> None:
    lines = [line.strip("| ").split(" | ") for line in LOGS.splitlines()]
    rows = {line[0]: line[4] for line in lines if len(line) == 6}
    assert rows["audit log"] == "seven years"
    assert days_kept("audit") == 7 * 365
    assert rows["mails"] == f"{days_kept('mail')} days, {days_kept('lost_mail')} when lost"
    assert rows["jobs"] == f"{days_kept('jobs')} days"


def test_entries_that_the_page_on_breaches_names_exist() -> None:
    page = (HERE / "docs/operations/breaches.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    named = {name for line in rows for name in re.findall(r"\*([A-Z][^*…]+)\*", line)}
    pages = {"Access", "People"}
    assert len(named) > 8
    assert named - {str(words) for words in WORDS.values()} - pages == {"Data of a person"}
