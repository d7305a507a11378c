"""Migration operations that put row-level security, grants and composite keys on our tables.

Each model declares its tenancy; `ProtectTable` writes the policies that go with it. Policies are loud: without a
tenant `current_setting('portal.organisation')` raises (or fails to cast), so a forgotten scope is an error, not an
empty list. Staff and workers have policies of their own; no policy ever asks "or is staff".
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from portal.tenancy import Tenancy

TENANT = "current_setting('portal.organisation')::bigint"
PERSON = "current_setting('portal.user')::bigint"

# What each database role may do with a table of each kind; row-level security narrows OWNED, MIXED and RELEASED.
GRANTS: dict[Tenancy, dict[str, str]] = {
    Tenancy.OWNED: {
        "participant": "SELECT, INSERT, UPDATE, DELETE",
        "staff": "SELECT, INSERT, UPDATE, DELETE",
        "worker": "SELECT, INSERT, UPDATE, DELETE",
    },
    Tenancy.MIXED: {
        "participant": "SELECT, INSERT, UPDATE",
        "staff": "SELECT, INSERT, UPDATE, DELETE",
        "worker": "SELECT, INSERT, UPDATE, DELETE",
    },
    Tenancy.SHARED: {  # the public gets what it needs table by table
        "participant": "SELECT",
        "staff": "SELECT, INSERT, UPDATE, DELETE",
        "worker": "SELECT, UPDATE, INSERT",
    },
    Tenancy.RELEASED: {
        "participant": "SELECT",
        "api": "SELECT",
        "staff": "SELECT, UPDATE",
        "worker": "SELECT, INSERT, UPDATE, DELETE",
    },
    Tenancy.PLATFORM: {
        "login": "SELECT, INSERT, UPDATE, DELETE",
        "staff": "SELECT, INSERT, UPDATE, DELETE",
        "worker": "SELECT, INSERT, UPDATE, DELETE",
    },
}
ROLE_NAMES = ("participant", "staff", "api", "worker")


def role(name: str) -> str:
    """The quoted name of one of our database roles in this installation."""
    return f'"{settings.PORTAL_ROLE_PREFIX}_{name}"'


def policy_sql(
    table: str,
    tenancy: Tenancy,
    visible: str | None = None,
    grants: dict[str, str] | None = None,
    column: str = "organisation_id",
) -> list[str]:
    """The statements that protect `table`.

    `visible` widens or replaces what participants (and the public) may read; what participants may write stays the
    tenant's own rows. `grants` replaces the default rights of single roles. `column` names the tenant's column.
    """
    rights = GRANTS[tenancy] | (grants or {})
    statements = [f'GRANT {what} ON "{table}" TO {role(who)}' for who, what in rights.items() if what]
    if tenancy in (Tenancy.SHARED, Tenancy.PLATFORM):
        return statements
    own = f"{column} = {TENANT}"
    check = "false" if tenancy is Tenancy.RELEASED else own
    readers = ["participant", "api"] if tenancy is Tenancy.RELEASED else ["participant"]
    statements += [f'ALTER TABLE "{table}" {what} ROW LEVEL SECURITY' for what in ("ENABLE", "FORCE")]
    for reader in readers:
        statements.append(
            f'CREATE POLICY {reader}_rows ON "{table}" TO {role(reader)} USING ({visible or own})'
            + ("" if check == own and not visible else f" WITH CHECK ({check})")
        )
    for name in ("staff", "worker"):
        statements.append(f'CREATE POLICY {name}_rows ON "{table}" TO {role(name)} USING (true) WITH CHECK (true)')
    return statements


class _DatabaseOperation(Operation):
    """An operation that changes the database only, not the model state."""

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing: the models do not know."""

    def _table(self, app_label: str, state: ProjectState, name: str) -> str:
        return state.apps.get_model(app_label, name)._meta.db_table


class ProtectTable(_DatabaseOperation):
    """Grants, and row-level security with FORCE, for one model according to its tenancy."""

    def __init__(
        self,
        model: str,
        tenancy: Tenancy,
        visible: str | None = None,
        grants: dict[str, str] | None = None,
        column: str = "organisation_id",
    ) -> None:
        self.model, self.tenancy, self.visible, self.grants, self.column = model, tenancy, visible, grants, column

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Create policies and grants."""
        table = self._table(app_label, to_state, self.model)
        for statement in policy_sql(table, self.tenancy, self.visible, self.grants, self.column):
            schema_editor.execute(statement, None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop policies; grants go with the table."""
        table = self._table(app_label, from_state, self.model)
        for name in ("participant_rows", "staff_rows", "worker_rows", "api_rows"):
            schema_editor.execute(f'DROP POLICY IF EXISTS {name} ON "{table}"')
        schema_editor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
        schema_editor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')

    def describe(self) -> str:
        """One line for the migration's output."""
        return f"Protect {self.model} as {self.tenancy}"


class CompositeForeignKey(_DatabaseOperation):
    """`(organisation_id, column)` of a child refers to `(organisation_id, id)` of its parent.

    A row can then not point at another tenant's parent, whatever the application does.
    """

    def __init__(self, child: str, column: str, parent: str, parent_app: str | None = None) -> None:
        self.child, self.column, self.parent, self.parent_app = child, column, parent, parent_app

    def _names(self, app_label: str, state: ProjectState) -> tuple[str, str, str, str]:
        child = self._table(app_label, state, self.child)
        parent = self._table(self.parent_app or app_label, state, self.parent)
        return child, parent, f"{parent}_same_tenant", f"{child}_{self.column}_same_tenant"

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Add the parent's unique pair when missing, and the child's key."""
        child, parent, unique, key = self._names(app_label, to_state)
        schema_editor.execute(f'CREATE UNIQUE INDEX IF NOT EXISTS "{unique}" ON "{parent}" (organisation_id, id)')
        schema_editor.execute(
            f'ALTER TABLE "{child}" ADD CONSTRAINT "{key}" FOREIGN KEY (organisation_id, "{self.column}")'
            f' REFERENCES "{parent}" (organisation_id, id) DEFERRABLE INITIALLY DEFERRED'
        )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop the child's key; the parent's unique pair stays, it harms nobody."""
        child, _parent, _unique, key = self._names(app_label, from_state)
        schema_editor.execute(f'ALTER TABLE "{child}" DROP CONSTRAINT "{key}"')

    def describe(self) -> str:
        """One line for the migration's output."""
        return f"Keep {self.child}.{self.column} inside the tenant"


class RunStatements(_DatabaseOperation):
    """Run SQL statements made by a function at migration time (role names depend on the installation)."""

    def __init__(self, make: Any, label: str) -> None:
        self.make, self.label = make, label

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Execute each statement."""
        for statement in self.make():
            schema_editor.execute(statement, None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Nothing to undo: the objects go with the tables."""

    def describe(self) -> str:
        """One line for the migration's output."""
        return self.label


def create_role_statements() -> list[str]:
    """Create our roles when the cluster lacks them; roles are cluster-wide and never superuser or BYPASSRLS."""
    statements = []
    for name in (*ROLE_NAMES, "login"):
        attributes = "LOGIN NOINHERIT" if name == "login" else "NOLOGIN"
        literal = role(name).replace('"', "'")
        statements.append(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal})"
            f" THEN CREATE ROLE {role(name)} {attributes} NOSUPERUSER NOBYPASSRLS; END IF;"
            f" EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    for name in ROLE_NAMES:
        statements.append(f"GRANT {role(name)} TO {role('login')}")
        statements.append(f"GRANT USAGE ON SCHEMA public TO {role(name)}")
    statements.append(f"GRANT USAGE ON SCHEMA public TO {role('login')}")
    statements.append(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO"
        f" {', '.join(role(name) for name in ('participant', 'staff', 'worker', 'login'))}"
    )
    return statements


def model_tenancy(model: type[models.Model]) -> Tenancy | None:
    """The tenancy that a model of ours declares, or None when it forgot."""
    return getattr(model, "tenancy", None)
