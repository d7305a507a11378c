"""Optional numbers for Prometheus: requests by route, and what waits, as the workers last counted it.

Off without PORTAL_METRICS_TOKEN. With several web processes set PROMETHEUS_MULTIPROC_DIR to an empty folder, as the
library's documentation tells; then all of them are counted together.
"""

import os
from functools import cache
from typing import Any

from django.conf import settings


@cache
def _requests() -> Any:
    """The histogram, or None when metrics are off."""
    if not settings.PORTAL_METRICS_TOKEN:
        return None
    from prometheus_client import Histogram

    buckets = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
    return Histogram("portal_request_seconds", "Time to answer", ("route", "method", "status"), buckets=buckets)


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request; the routes are ours and few."""
    if settings.PORTAL_METRICS_TOKEN:
        known = method if method in ("GET", "POST", "HEAD") else "other"
        _requests().labels(route or "none", known, f"{status // 100}xx").observe(seconds)


def exposition(measures: dict[str, float]) -> tuple[bytes, str]:
    """The text that Prometheus reads, with its content type."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    shown = CollectorRegistry()
    for name, value in measures.items():
        Gauge(f"portal_{name}", name.replace("_", " "), registry=shown).set(value)
    _requests()
    counted = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)
    return generate_latest(shown) + generate_latest(counted), CONTENT_TYPE_LATEST
