"""What PostgreSQL's own catalogue says about tenancy: who we are, what protects a table, who holds rights, which keys.

`portal/checks.py` compares it with what the models declare. Reading it takes four queries and no rights.
"""

from dataclasses import dataclass, field

from django.db import connection

from portal.tenancy import database_role

PUBLIC = "PUBLIC"


@dataclass(frozen=True)
class DatabaseRole:
    """A role that we are or may become, with the attributes that undo row-level security."""

    name: str
    powers: tuple[str, ...]
    owned_tables: int


@dataclass(frozen=True)
class Policy:
    """One policy: its command (`*`, `r`, `a`, `w`, `d`), the roles, and its two expressions (or "")."""

    name: str
    command: str
    roles: tuple[str, ...]
    using: str
    check: str

    @property
    def written(self) -> str:
        """What a new row must meet: the check, or the condition for reading where no check was given."""
        return self.check or self.using


@dataclass(frozen=True)
class ForeignKey:
    """One foreign key in the database: child columns to columns of `parent`."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@dataclass
class Table:
    """A table of the schema that we use."""

    name: str
    is_forced: bool
    owner: str
    policies: list[Policy] = field(default_factory=list)
    rights: dict[str, set[str]] = field(default_factory=dict)
    keys: list[ForeignKey] = field(default_factory=list)


def acting_roles() -> list[DatabaseRole]:
    """The role of the session, and every role that it may switch to, directly or through others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.rolname, array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'SUPERUSER' END,"
            " CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,"
            " CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END], NULL), (SELECT count(*) FROM pg_class c"
            " WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace)"
            " FROM pg_roles r WHERE r.rolname = session_user OR pg_has_role(session_user, r.oid, 'MEMBER') ORDER BY 1"
        )
        return [DatabaseRole(name, tuple(powers), owned) for name, powers, owned in cursor.fetchall()]


def tables() -> dict[str, Table]:
    """All our tables by name, with policies, rights and foreign keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid, relname, relrowsecurity AND relforcerowsecurity, pg_get_userbyid(relowner) FROM pg_class"
            " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
        by_oid = {oid: Table(name, forced, owner) for oid, name, forced, owner in cursor.fetchall()}
        cursor.execute(
            "SELECT polrelid, polname, polcmd::text, ARRAY(SELECT CASE WHEN one = 0 THEN %s"
            " ELSE pg_get_userbyid(one)::text END FROM unnest(polroles) one),"
            " coalesce(pg_get_expr(polqual, polrelid), ''), coalesce(pg_get_expr(polwithcheck, polrelid), '')"
            " FROM pg_policy WHERE polpermissive",
            [PUBLIC],
        )
        for oid, name, command, roles, using, check in cursor.fetchall():
            by_oid[oid].policies.append(Policy(name, command, tuple(roles), using, check))
        cursor.execute(
            "SELECT c.oid, CASE WHEN a.grantee = 0 THEN %s ELSE pg_get_userbyid(a.grantee)::text END, a.privilege_type"
            " FROM pg_class c, aclexplode(c.relacl) a WHERE c.relkind IN ('r', 'p')"
            " AND c.relnamespace = 'public'::regnamespace UNION SELECT c.oid,"
            " CASE WHEN a.grantee = 0 THEN %s ELSE pg_get_userbyid(a.grantee)::text END, a.privilege_type"
            " FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a"
            " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace",
            [PUBLIC, PUBLIC],
        )
        for oid, grantee, right in cursor.fetchall():
            by_oid[oid].rights.setdefault(grantee, set()).add(right)
        cursor.execute(
            "SELECT conrelid, confrelid, ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY k(num, place)"
            " JOIN pg_attribute ON attrelid = conrelid AND attnum = num ORDER BY place),"
            " ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY k(num, place)"
            " JOIN pg_attribute ON attrelid = confrelid AND attnum = num ORDER BY place)"
            " FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        )
        for child, parent, columns, parent_columns in cursor.fetchall():
            by_oid[child].keys.append(ForeignKey(tuple(columns), by_oid[parent].name, tuple(parent_columns)))
    return {table.name: table for table in by_oid.values()}


def reader_roles() -> frozenset[str]:
    """The roles whose view of tenants' tables is narrowed: participants, the public, and everybody at once."""
    return frozenset({database_role("participant"), database_role("api"), database_role("login"), PUBLIC})
