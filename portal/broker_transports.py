"""kombu's transports, with acknowledgements that survive the loss of their connection.

When a connection is cut just as a worker acknowledges a message, kombu logs the error and forgets about it, but the
message keeps its place among those that the worker may hold. A worker that holds one message at a time then never takes
another, without a word (found by tests/soak/test_servers.py, with PostgreSQL and with Redis as broker). Here, whatever
comes of the acknowledgement, the place is free: at worst the message is delivered twice, and that costs nothing.
"""

import time
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, pgmq, redis
from kombu.transport.virtual.base import QoS
from psycopg import InterfaceError, OperationalError

from portal.celery_settings import POLLING_INTERVAL_SECONDS

HANDS_FULL_SECONDS = 0.01
LOST = (OperationalError, InterfaceError)


class PgmqChannel(pgmq.Channel):
    """A channel on PostgreSQL; an acknowledgement is tried again on a new connection."""

    def drain_events(self, timeout: float | None = None, callback: Any = None, **kwargs: Any) -> Any:
        """The next message. Whose hands are full looks into the queue as soon as one is free, and not only at the next
        look: else short work, such as a thousand receipts, would go at the pace of looks (four a second).
        """
        until = time.monotonic() + POLLING_INTERVAL_SECONDS
        while not self.qos.can_consume() and time.monotonic() < until:
            time.sleep(HANDS_FULL_SECONDS)
        return super().drain_events(timeout=timeout, callback=callback, **kwargs)

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        """Delete the message."""
        self._again(super().basic_ack, delivery_tag, multiple=multiple)

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Give the message back, or delete it."""
        self._again(super().basic_reject, delivery_tag, requeue=requeue)

    def _again(self, what: Any, delivery_tag: str, **how: bool) -> None:
        for attempt in (1, 2):
            try:
                what(delivery_tag, **how)
            except LOST:
                if attempt == 2:
                    self.qos.ack(delivery_tag)
                    raise
            else:
                return


class PgmqTransport(pgmq.Transport):
    """PostgreSQL."""

    Channel = PgmqChannel


class RedisQoS(redis.QoS):
    """Redis gives a message back after the visibility timeout when it did not hear of an acknowledgement."""

    def ack(self, delivery_tag: str) -> None:
        """Delete the message."""
        try:
            super().ack(delivery_tag)
        except BaseException:
            QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Give the message back, or delete it."""
        try:
            super().reject(delivery_tag, requeue=requeue)
        except BaseException:
            QoS.ack(self, delivery_tag)
            raise


class RedisChannel(redis.Channel):
    """A channel on Redis."""

    QoS = RedisQoS


class RedisTransport(redis.Transport):
    """Redis."""

    Channel = RedisChannel


def use_them() -> None:
    """Let broker addresses that begin with pgmq://, redis:// or rediss:// mean these."""
    TRANSPORT_ALIASES["pgmq"] = f"{__name__}:{PgmqTransport.__name__}"
    TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = f"{__name__}:{RedisTransport.__name__}"
