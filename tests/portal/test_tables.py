"""Every table of the database is somebody's: a model's, or one of the few that are known to have none."""

import pytest
from django.apps import apps
from django.db import connection

# Django's list of migrations, counters that are a cache (sign_in_settings.py), audit entries to be sealed (ADR 14).
WITHOUT_MODEL = {"django_migrations", "portal_counters", "portal_auditqueue"}


@pytest.mark.django_db
def test_no_table_is_left_over() -> None:
    of_models = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        existing = {name for (name,) in cursor.fetchall()}
    assert existing - of_models == WITHOUT_MODEL
    assert of_models - existing == set()
