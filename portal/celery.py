"""The Celery app. Its settings are in portal/celery_settings.py; docs/adr/0002 tells why the broker is PostgreSQL."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

from portal.broker_transports import use_them
from portal.pool_watch import PoolWatch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

use_them()
app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(PoolWatch)


@worker_init.connect
@beat_init.connect
def refuse_unsafe_databases(**kwargs: Any) -> None:
    """Workers and the clock do not start on a database that would not keep organisations apart."""
    from portal.guard import guard_connections

    guard_connections()
