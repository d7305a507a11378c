"""Whether the portal works, told without telling anything else."""

import json
from dataclasses import dataclass, field
from functools import cache

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader

from portal.models.operation import HEARTBEAT

LATE_SECONDS = 120.0  # a worker may be busy for so long before the clock's ticks count as unanswered
OLDEST_JOB_SECONDS = 900.0


@dataclass(frozen=True)
class Health:
    """`database` and `migrations` decide whether pages can be answered, `works` whether background work goes on."""

    database: bool = False
    migrations: bool = False
    heartbeat_seconds: float | None = None
    measures: dict[str, float] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Requests may be sent here."""
        return self.database and self.migrations

    @property
    def works(self) -> bool:
        """Clock, broker and workers are alive, and no job waits for too long."""
        beats = self.heartbeat_seconds is not None and self.heartbeat_seconds < LATE_SECONDS
        return beats and self.measures.get("oldest_waiting_job_seconds", 0.0) < OLDEST_JOB_SECONDS


def health() -> Health:
    """Look at the database, as the login role: it may read the clock's ticks and which migrations there are."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            migrated = code_migrations() <= {(app, name) for app, name in cursor.fetchall()}
            if not migrated:
                return Health(database=True)
            cursor.execute(
                "SELECT extract(epoch FROM clock_timestamp() - taken_at)::float8, measures::text"
                " FROM portal_tick WHERE name = %s",
                [HEARTBEAT],
            )
            row = cursor.fetchone()
    except (DatabaseError, InterfaceError):
        connection.close()
        return Health()
    seconds, measures = row or (None, "{}")
    return Health(database=True, migrations=True, heartbeat_seconds=seconds, measures=json.loads(measures))


@cache
def code_migrations() -> frozenset[tuple[str, str]]:
    """The migrations that this code comes with."""
    return frozenset(MigrationLoader(None).disk_migrations)
