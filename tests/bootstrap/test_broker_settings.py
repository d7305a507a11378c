"""The address that the message transport gets, read as its client reads it."""

import re
from pathlib import Path

import pytest
from pgmq.base import PGMQConfig
from psycopg.conninfo import conninfo_to_dict

from portal.celery_settings import QUEUES, VISIBILITY_TIMEOUT_SECONDS, broker_settings

PROJECT = Path(__file__).resolve().parents[2]
# Each would broadcast on a table per worker, or on none at all: PostgreSQL then logs an error every two seconds.
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")
STARTS_WORKERS = ("README.md", "deploy/portal-worker.service", "containers/compose.yaml", "scripts/demo.py")


@pytest.mark.parametrize("path", STARTS_WORKERS)
def test_every_worker_that_we_ship_is_quiet(path: str) -> None:
    text = (PROJECT / path).read_text(encoding="utf-8")
    starts = re.findall(r"celery.{0,25}worker\b.*", text)
    starts += re.findall(r"Child\(\s*\"worker\"[^)]*", text)
    assert starts
    assert [one for one in starts if not all(flag in one for flag in QUIET)] == []


def as_the_client_reads_it(url: str, broker_url: str | None = None) -> dict[str, object]:
    """What psycopg finds in the string that pgmq's client puts together."""
    options = broker_settings(url, broker_url)["broker_transport_options"]
    return dict(conninfo_to_dict(PGMQConfig(conn_string=options["conn_string"], init_extension=False).dsn))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgres://login:a%20b'c%5Cd@db.example:6543/portal",
            {"host": "db.example", "port": 6543, "dbname": "portal", "user": "login", "password": "a b'c\\d"},
        ),
        ("postgres://login:x@%2Frun%2Fmy%20dir/portal", {"host": "/run/my dir", "port": 5432, "dbname": "portal"}),
        ("postgres://login:x@[::1]:5433/portal", {"host": "::1", "port": 5433}),
        ("postgres://login:x@host/portal?sslmode=require", {"password": "x", "sslmode": "require"}),
    ],
)
def test_address_survives_the_client(url: str, expected: dict[str, object]) -> None:
    read = as_the_client_reads_it(url)
    assert {key: str(read[key]) for key in expected} == {key: str(value) for key, value in expected.items()}


def test_environment_does_not_override_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://owner:secret@elsewhere/other")
    assert as_the_client_reads_it("postgres://login:x@here/portal")["user"] == "login"


def test_named_pgmq_database_wins_over_the_portals() -> None:
    read = as_the_client_reads_it("postgres://login:x@here/portal", "pgmq://broker:y@there/messages")
    assert (read["host"], read["dbname"], read["user"]) == ("there", "messages", "broker")


def test_bare_pgmq_means_the_portals_database() -> None:
    assert as_the_client_reads_it("postgres://login:x@here/portal", "pgmq://")["host"] == "here"


def test_redis_gets_a_visibility_timeout_and_amqp_none() -> None:
    redis = broker_settings("postgres://x@y/z", "redis://localhost/0")
    assert redis["broker_url"] == "redis://localhost/0"
    assert redis["broker_transport_options"] == {"visibility_timeout": VISIBILITY_TIMEOUT_SECONDS}
    assert broker_settings("postgres://x@y/z", "amqp://localhost")["broker_transport_options"] == {}


def test_queue_names_fit_pgmq() -> None:
    assert all(len(queue) <= 47 for queue in QUEUES)


def test_packaged_sql_is_there() -> None:
    from pgmq.install import get_embedded_install_sql

    assert "pgmq.read" in get_embedded_install_sql()
