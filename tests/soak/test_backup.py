"""The drill: back up a portal that works, restore it into an empty cluster, and find everything as it was."""

import json
import sys
import time
from pathlib import Path

import pytest

from portal.errors import NotPossibleNow
from portal.services.backups import MANIFEST, Manifest
from scripts.embedded_postgres import EmbeddedPostgres
from scripts.keep_postgres import ADMINISTRATOR
from tests.soak.conftest import Soak
from tests.soak.counting import in_soak
from tests.soak.ledger import Ledger, invariants
from tests.soak.place import SoakPlace

pytestmark = pytest.mark.slow
# Nothing in it repeats: PostgreSQL would store a gigabyte of repetitions in a few megabytes.
PADDING = """
    SELECT (SELECT string_agg(encode(sha512((i * 31 + n)::text::bytea), 'hex'), '') FROM generate_series(1, 31) n)
    FROM generate_series(1, %s) i
"""


def backup_address(server: EmbeddedPostgres) -> str:
    """A superuser's address: the embedded server makes one."""
    return server.url.replace("portal_owner@", f"{ADMINISTRATOR}@")


@pytest.mark.skipif(not in_soak(), reason="the drill belongs to `make soak`")
def test_drill(soak: Soak, tmp_path: Path) -> None:
    place, saved = soak.place, tmp_path / "backup"
    file = place.folder / "files" / "reports" / "1" / "some.pdf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"%PDF some report")
    environment = {"DATABASE_BACKUP_URL": backup_address(place.server)}
    place.environment |= environment
    said = place.run("manage.py", "backup", str(saved))
    sys.stdout.write(f"\nbackup: {said}")
    manifest = Manifest.load(saved)
    assert int(manifest.tables["surveys_answer"][0]) > 50
    assert "reports/1/some.pdf" in manifest.files
    with EmbeddedPostgres(tmp_path / "server") as server:
        folder = tmp_path / "elsewhere"
        changes = {
            "DATABASE_URL": server.url,
            "DATABASE_BACKUP_URL": backup_address(server),
            "PORTAL_DATA_DIR": str(folder / "files"),
        }
        other = SoakPlace(server, folder, place.environment | changes)
        sys.stdout.write(f"restore: {other.run('manage.py', 'restore', str(saved))}")
        assert (folder / "files" / "reports" / "1" / "some.pdf").read_bytes() == b"%PDF some report"
        with pytest.raises(AssertionError, match="not empty"):
            other.run("manage.py", "restore", str(saved))
        place_before = Ledger(soak.ledger.answers, soak.ledger.submissions, set(), set(), soak.ledger.releases)
        with other.connected():
            invariants(other, soak.world, place_before)
        other.run("manage.py", "check", "--database", "default")
    file.unlink()


def test_damaged_and_unfinished_backups_are_refused(soak: Soak, tmp_path: Path) -> None:
    from portal.services.backups import restore_backup

    with pytest.raises(NotPossibleNow, match="was not finished"):
        restore_backup(tmp_path)
    (tmp_path / "database.dump").write_bytes(b"something else")
    (tmp_path / MANIFEST).write_text(json.dumps({"taken_at": "", "dump": "0" * 64, "tables": {}, "files": {}}))
    with pytest.raises(NotPossibleNow, match="damaged"):
        restore_backup(tmp_path)


def test_bound_role_is_told_what_it_lacks(soak: Soak, tmp_path: Path) -> None:
    from portal.services.backups import make_backup

    with pytest.raises(NotPossibleNow, match="BYPASSRLS"):
        make_backup(tmp_path / "new")


@pytest.mark.skipif(not in_soak(), reason="a gigabyte belongs to `make soak`")
def test_minutes_for_a_gigabyte(soak: Soak, tmp_path: Path) -> None:
    with soak.place.administrator() as database:
        database.execute("CREATE TABLE padding (text text)")
        database.execute("ALTER TABLE padding OWNER TO portal_owner")
        database.execute(f"INSERT INTO padding {PADDING}".encode(), [270_000])
        (size,) = database.execute("SELECT pg_database_size('portal') / 1e9").fetchone() or (0,)
    assert size > 1
    try:
        soak.place.environment["DATABASE_BACKUP_URL"] = backup_address(soak.place.server)
        started = time.monotonic()
        soak.place.run("manage.py", "backup", str(tmp_path / "backup"))
        saved = time.monotonic() - started
        with EmbeddedPostgres(tmp_path / "server") as server:
            changes = {"DATABASE_URL": server.url, "DATABASE_BACKUP_URL": backup_address(server)}
            changes["PORTAL_DATA_DIR"] = str(tmp_path / "files")
            other = SoakPlace(server, tmp_path, soak.place.environment | changes)
            started = time.monotonic()
            other.run("manage.py", "restore", str(tmp_path / "backup"))
            restored = time.monotonic() - started
    finally:
        with soak.place.administrator() as database:
            database.execute("DROP TABLE padding")
    sys.stdout.write(f"\n{size:.2f} GB: backup {saved / 60:.1f} min, restore with proof {restored / 60:.1f} min\n")
