"""System checks: refuse to run without declared tenancy, or as a database role that bypasses row-level security."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from portal.rls import model_tenancy
from portal.tenancy import Tenancy

OURS = ("portal", "surveys", "benchmark")


@register(Tags.models)
def models_declare_tenancy(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every model of ours says what its rows are to tenants."""
    return [
        Error(
            f"{model._meta.label} does not declare its tenancy.",
            hint="Set `tenancy = Tenancy.…` on the model and add ProtectTable to its migration.",
            obj=model,
            id="portal.E001",
        )
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        if model_tenancy(model) is None
    ]


@register(Tags.database)
def login_role_is_powerless(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The role that web and workers log in as is neither superuser nor exempt from row-level security."""
    if not databases or "default" not in databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user")
        row = cursor.fetchone()
    if row and row[1]:
        return [Error(f"The database role {row[0]} bypasses row-level security.", id="portal.E002")]
    return []


@register(Tags.database)
def tenant_tables_are_protected(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Each owned, mixed or released table has row-level security, forced, with a policy."""
    if not databases or "default" not in databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c WHERE relrowsecurity AND relforcerowsecurity"
            " AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)"
        )
        protected = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r'")
        existing = {row[0] for row in cursor.fetchall()}
    kinds = {Tenancy.OWNED, Tenancy.MIXED, Tenancy.RELEASED}
    return [
        Error(f"{model._meta.db_table} has no row-level security.", obj=model, id="portal.E003")
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        if model_tenancy(model) in kinds and model._meta.db_table in existing and model._meta.db_table not in protected
    ]
