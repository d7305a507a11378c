"""How often a caller may ask the API: counted for all web processes together, in one statement per call.

A minute begins with a caller's first call; then so many fit in. Counted outside every scope and every transaction of
the request, so that calls at the same time do not wait for each other, and a replica need not write.
"""

import logging
import time
from contextlib import suppress

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection

AWAY: tuple[type[Exception], ...] = (DatabaseError, InterfaceError)
with suppress(ImportError):  # only who sets CACHE_URL has it
    from redis.exceptions import RedisError

    AWAY += (RedisError,)

log = logging.getLogger(__name__)

PER_KEY, PER_NETWORK = 600, 60
SECONDS = 60
# Beside the counters of signing in. Django's cache reads its own rows only, and clears these away with its own.
COUNT = """
INSERT INTO portal_counters AS c (cache_key, value, expires)
VALUES (%(key)s, '1', clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (cache_key) DO UPDATE SET
    value = CASE WHEN c.expires < clock_timestamp() THEN '1' ELSE (c.value::integer + 1)::text END,
    expires = CASE WHEN c.expires < clock_timestamp() THEN excluded.expires ELSE c.expires END
RETURNING value::integer, ceil(extract(epoch FROM expires - clock_timestamp()))::integer
"""


def count_call(whose: str, most: int) -> int:
    """Count one call; 0 when it fits in, else the seconds until the next minute begins.

    A database or cache that is away, or that only reads for a while, limits nobody: a replica may still answer.
    """
    try:
        calls, rest = _counted(whose)
    except AWAY as error:
        log.warning("calls of the API are not counted: %s", type(error).__name__)
        connection.close_if_unusable_or_obsolete()
        return 0
    return 0 if calls <= most else max(1, rest)


def _counted(whose: str) -> tuple[int, int]:
    """Calls in this minute, and the seconds that are left of it."""
    if settings.CACHES["default"]["BACKEND"].endswith(".DatabaseCache"):
        with connection.cursor() as cursor:
            cursor.execute(COUNT, {"key": f"api:{whose}", "seconds": SECONDS})
            calls, rest = cursor.fetchone() or (1, 0)
            return calls, rest
    minute, gone = divmod(int(time.time()), SECONDS)
    key = f"api:{whose}:{minute}"
    cache.add(key, 0, 2 * SECONDS)
    return cache.incr(key), SECONDS - gone
