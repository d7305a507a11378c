"""System checks: refuse to run without declared tenancy, on tables without their protection, or as a role that
bypasses it. `portal/guard.py` runs those about the database when a web or worker process first connects."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from portal import protection
from portal.catalogue import PUBLIC, Policy, Table, acting_roles, reader_roles, tables
from portal.rls import model_tenancy
from portal.tenancy import Tenancy, database_role

OURS = ("portal", "surveys", "benchmark")
ROOT = "portal.Organisation"  # the tenant itself: its own id is the tenant's
LOUD = ("current_setting('portal.organisation'::text)", "current_setting('portal.user'::text)")
OF_TENANTS = frozenset({Tenancy.OWNED, Tenancy.MIXED})
WITH_POLICIES = frozenset({*OF_TENANTS, Tenancy.RELEASED})
MOST_SAID = 10  # differences in protection: a database that was never migrated has hundreds
WRITING = frozenset("*aw")  # commands of a policy that let rows come about: all, insert, update

Model = type[models.Model]


def our_models(wanted: frozenset[Tenancy] | None = None) -> list[Model]:
    """The models of our own apps, or those with one of the `wanted` tenancies."""
    everything = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return [model for model in everything if wanted is None or model_tenancy(model) in wanted]


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
        for model in our_models()
        if model_tenancy(model) is None
    ]


@register(Tags.models)
def tenant_models_name_their_organisation(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """An owned row always has an organisation, a mixed one may have; whatever refers to tenants' rows is one itself."""
    return [
        Error(f"{model._meta.label} {fault}.", obj=model, id="portal.E004")
        for model in our_models()
        if model._meta.label != ROOT
        for fault in _organisation_faults(model)
    ]


def _organisation_faults(model: Model) -> Iterator[str]:
    tenancy = model_tenancy(model)
    if tenancy in OF_TENANTS:
        try:
            if tenancy is Tenancy.OWNED and model._meta.get_field("organisation").null:
                yield "may lack its organisation"
        except FieldDoesNotExist:
            yield "has no organisation"
        return
    for field in model._meta.get_fields():
        parent = field.related_model if field.concrete else None
        if isinstance(parent, type) and model_tenancy(parent) in OF_TENANTS:
            yield f"refers to an organisation's rows by {field.name}, but is declared {tenancy}"


def _on_the_database(check: Callable[[], list[CheckMessage]]) -> Callable[..., list[CheckMessage]]:
    """Register a check that runs only where databases are checked, and on ours."""

    def run(
        app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
    ) -> list[CheckMessage]:
        return check() if databases and "default" in databases else []

    run.__name__, run.__doc__ = check.__name__, check.__doc__
    register(Tags.database)(run)
    return run


@_on_the_database
def login_role_is_powerless() -> list[CheckMessage]:
    """Neither the role that web and workers log in as, nor any that it may take, can step around row-level security."""
    found: list[CheckMessage] = []
    for role in acting_roles():
        if role.powers:
            powers = ", ".join(role.powers)
            found.append(
                Error(f"The database role {role.name} is {powers}: it bypasses row-level security.", id="portal.E002")
            )
        elif role.owned_tables:
            found.append(
                Error(
                    f"The database role {role.name} owns {role.owned_tables} tables and could lift their protection.",
                    hint="Migrate as an owner that the login role is not a member of (DATABASE_OWNER_URL).",
                    id="portal.E002",
                )
            )
    return found


@_on_the_database
def tenant_tables_are_protected() -> list[CheckMessage]:
    """Each owned, mixed or released table has row-level security, forced, with policies that ask for the tenant."""
    existing = tables()
    return [
        Error(f"{model._meta.db_table} {fault}.", obj=model, id="portal.E003")
        for model in our_models(WITH_POLICIES)
        if (table := existing.get(model._meta.db_table)) is not None
        for fault in _faults(table, model)
    ]


def _faults(table: Table, model: Model) -> Iterator[str]:
    tenancy = model_tenancy(model)
    if not table.is_forced:
        yield "has no row-level security, or it is not forced"
    for name in ("staff", "worker"):
        if not any(database_role(name) in policy.roles for policy in table.policies):
            yield f"has no policy for {name}"
    narrowed = [policy for policy in table.policies if not reader_roles().isdisjoint(policy.roles)]
    if not any(database_role("participant") in policy.roles for policy in narrowed):
        yield "has no policy for participants"
    for policy in narrowed:
        yield from _policy_faults(policy, tenancy)
    if PUBLIC in table.rights:
        yield "gives rights to everybody"
    for name in ("api",) if tenancy in OF_TENANTS else ():
        if table.rights.get(database_role(name)):
            yield f"gives rights to {name}"


def _policy_faults(policy: Policy, tenancy: Tenancy | None) -> Iterator[str]:
    """What a participant's or the public's policy lacks: a loud tenant for reading, and for writing."""
    where = f"in policy {policy.name}"
    if tenancy is Tenancy.RELEASED:
        if policy.command in WRITING and policy.written != "false":
            yield f"may be written by readers {where}"
        if policy.using == "true":
            yield f"shows everything {where}"
        return
    if policy.using and not any(setting in policy.using for setting in LOUD):
        yield f"does not ask for the tenant {where}"
    if policy.command in WRITING and policy.written != "false" and LOUD[0] not in policy.written:
        yield f"may be written for others {where}"


@_on_the_database
def references_stay_inside_the_tenant() -> list[CheckMessage]:
    """A tenant's table that refers to another tenant's table does so with the organisation in the key."""
    existing = tables()
    of_tenants = {model._meta.db_table: model for model in our_models(OF_TENANTS) if model._meta.label != ROOT}
    found: list[CheckMessage] = []
    for name, model in of_tenants.items():
        keys = existing[name].keys if name in existing else []
        composite = {(key.columns, key.parent) for key in keys if key.parent_columns[:1] == ("organisation_id",)}
        found += [
            Error(
                f"{name}.{key.columns[0]} can refer to a row of another organisation in {key.parent}.",
                hint="Add CompositeForeignKey to the migration.",
                obj=model,
                id="portal.E005",
            )
            for key in keys
            if key.parent in of_tenants
            and len(key.columns) == 1
            and (("organisation_id", key.columns[0]), key.parent) not in composite
        ]
    return found


@_on_the_database
def protection_is_as_declared() -> list[CheckMessage]:
    """Rights, policies, triggers, functions and memberships of roles are those of this version, no more and no less."""
    lacking, added = protection.missing_and_added()
    said = [f"The database lacks what this version declares: {line}" for line in lacking]
    said += [f"The database has what this version does not declare: {line}" for line in added]
    more = len(said) - MOST_SAID
    return [
        Error(
            f"{text}." if number < MOST_SAID else f"… and {more} more differences in protection.",
            hint="Was `migrate` of this version run, and by nobody else since? See docs/adr/0022.",
            id="portal.E006",
        )
        for number, text in enumerate(said[: MOST_SAID + 1])
    ]
