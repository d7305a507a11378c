"""How background work travels: pure constants and `broker_settings`, which portal/settings.py reads.

The message is a wake-up that carries ids; the Job row holds the truth and its lease decides who works (DESIGN §5).
So a message may be delivered twice at no cost, and the visibility timeout can be far shorter than the work.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

from psycopg.conninfo import make_conninfo

# One queue: two would be polled one after the other by the same worker. Names of at most 47 characters fit pgmq.
QUEUE = "portal"
QUEUES = (QUEUE,)

# A message that a killed worker held is delivered again after this many seconds. Longer work is simply woken again
# and finds its own lease taken.
VISIBILITY_TIMEOUT_SECONDS = 12
# How long an idle worker sleeps between two looks into the queue; a look is one indexed read of a nearly empty table.
POLLING_INTERVAL_SECONDS = 0.25
# Nothing we do takes this long; what does, hangs.
TASK_TIME_LIMIT_SECONDS = 1800

# Broker-independent settings, by Celery's own lower-case names.
CONSTANTS: dict[str, Any] = {
    "task_default_queue": QUEUE,
    "task_serializer": "json",
    "accept_content": ["json"],
    # Results are Job rows, which also hold progress; a second copy would only disagree with them (docs/adr/0003).
    "task_ignore_result": True,
    "result_backend": None,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    # Remote control, gossip and mingle broadcast over fanout queues: one table per worker and per start in pgmq.
    "worker_enable_remote_control": False,
    "worker_send_task_events": False,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "worker_hijack_root_logger": False,
    "task_time_limit": TASK_TIME_LIMIT_SECONDS,
    # Each child of the worker is replaced now and then, so that a leak in a C library stays small.
    "worker_max_tasks_per_child": 500,
    "broker_connection_retry_on_startup": True,
    "timezone": "Europe/Amsterdam",
    "enable_utc": True,
    # In memory (intervals of seconds need none on disk), and the database says whether a tick is wanted: none expires
    # by the clock of another host, and none pile up while workers are gone.
    "beat_scheduler": "portal.beat:TickScheduler",
    "beat_schedule": {
        "wake workers for lost jobs": {"task": "portal.requeue_expired_jobs", "schedule": 5.0},
        "send waiting mail": {"task": "portal.send_outbox", "schedule": 20.0},
        "tell of failed sign-ins": {"task": "portal.tell_failed_sign_ins", "schedule": 60.0},
        "clear away old data": {"task": "portal.carry_out_retention", "schedule": 86400.0},
        "remind of queries": {"task": "surveys.remind_queries", "schedule": 3600.0},
    },
}


def broker_settings(database_url: str, broker_url: str | None = None) -> dict[str, Any]:
    """All Celery settings for a broker: `pgmq://…`, or nothing for the portal's own database, or `redis://…`, `amqp://…`.

    A bare `pgmq://` also means the portal's own database. Keys are Celery's lower-case names.
    """
    if broker_url and not broker_url.startswith("pgmq:"):
        options: dict[str, Any] = {"visibility_timeout": VISIBILITY_TIMEOUT_SECONDS} if "redis" in broker_url else {}
        return {**CONSTANTS, "broker_url": broker_url, "broker_transport_options": options}
    own_address = broker_url if broker_url and urlsplit(broker_url).path.strip("/") else None
    return {
        **CONSTANTS,
        "broker_url": "pgmq://",
        "broker_transport_options": {
            # Always given: otherwise the pgmq client takes DATABASE_URL from the environment, the owner's perhaps.
            "conn_string": broker_conninfo(own_address or database_url),
            "init_extension": False,  # portal/broker.py installed the functions, as the owner
            "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
            "wait_time_seconds": 0,  # a long poll would hold up acknowledgements
            "polling_interval": POLLING_INTERVAL_SECONDS,
            "pool_size": 4,
            "pool_timeout": 10,
        },
    }


def broker_conninfo(url: str) -> str:
    """The connection string for kombu's pgmq transport, from a database URL.

    Its client takes the string apart and joins host, port, database, user and password again without quoting or
    further options. Hence each value goes in quoted for the second reading, and options such as sslmode ride along
    behind the password.
    """
    parts = urlsplit(url)
    credentials, _at, host = parts.netloc.rpartition("@")
    user, _colon, password = credentials.partition(":")
    host_name, _colon, port = host.partition(":") if not host.startswith("[") else _bracketed(host)
    options = "".join(f" {pair}" for pair in parts.query.split("&") if pair)
    return make_conninfo(
        host=_quoted(unquote(host_name) or "localhost"),
        port=port or "5432",
        dbname=_quoted(unquote(parts.path.lstrip("/")) or "postgres"),
        user=_quoted(unquote(user) or "postgres"),
        password=_quoted(unquote(password) or "none") + unquote(options),
    )


def _bracketed(host: str) -> tuple[str, str, str]:
    """Host and port of an IPv6 address in brackets."""
    address, _bracket, port = host[1:].partition("]")
    return address, ":", port.lstrip(":")


def _quoted(value: str) -> str:
    """A libpq connection-string value in quotes."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
