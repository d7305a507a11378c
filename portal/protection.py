"""What keeps organisations apart in the database, as lines of text: what this version declares, and what there is.

    declared()      # the lines of protection.txt
    found()         # the lines that PostgreSQL's catalogue says now, by one query

A line is one fact: who may do what with a table, a policy word for word, a trigger, a function with the hash of its
text, who may become whom. `portal/checks.py` refuses a database that has one more or one less. After a migration that
changes protection, `manage.py declare_protection` writes the file anew, and its diff is what a reviewer reads. A test
compares it with a freshly migrated database. The lines are the same for PostgreSQL 15 and 18 (16 and
17 were not tried) and for every prefix of the roles.
"""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from portal.rls import ROLE_NAMES

FILE = Path(__file__).with_name("protection.txt")
TITLE = "# Written by `manage.py declare_protection` from a migrated database; see protection.py.\n"

PARTS = re.compile(r"'(?:[^']|'')*'|[()]|\b(?:AND|OR)\b|(?:(?!\b(?:AND|OR)\b)[^()'])+|.")
JOINS = re.compile(r"^(?:AND|OR)$")

# Everything is about the schemas that are ours to change: not PostgreSQL's own and not the message queues, which hold
# ids only (portal/broker.py). What an extension brought along is its own as well.
FACTS = r"""
WITH RECURSIVE ours AS (
    SELECT oid, rolname, CASE WHEN starts_with(rolname, %(prefix)s) THEN substr(rolname, length(%(prefix)s) + 1)
        ELSE 'whoever logs in here' END AS name, rolcanlogin, rolinherit
    FROM pg_roles WHERE rolname = ANY (%(roles)s) OR rolname = session_user
), who AS (
    SELECT oid, name FROM ours UNION ALL SELECT 0, 'everybody'
), places AS (
    SELECT oid, nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'pgmq')
), brought AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), tables AS (
    SELECT c.*, CASE nspname WHEN 'public' THEN relname::text ELSE nspname || '.' || relname END AS named
    FROM pg_class c JOIN places p ON p.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
        AND NOT EXISTS (SELECT FROM brought WHERE classid = 'pg_class'::regclass AND objid = c.oid)
), rights AS (
    SELECT c.oid, a.grantee,
        a.privilege_type || CASE WHEN a.is_grantable THEN ' and pass it on' ELSE '' END AS what
    FROM tables c, aclexplode(c.relacl) a
    UNION
    SELECT c.oid, a.grantee, a.privilege_type || ' (' || string_agg(t.attname, ', ' ORDER BY t.attname) || ')'
        || CASE WHEN a.is_grantable THEN ' and pass it on' ELSE '' END
    FROM tables c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
    GROUP BY c.oid, a.grantee, a.privilege_type, a.is_grantable
), shown AS (
    SELECT r.ev_class AS oid, d.refobjid AS of FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass
        AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
    WHERE r.rulename = '_RETURN'
), showing AS (
    SELECT shown.oid FROM shown JOIN tables ON tables.oid = shown.of
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'f')
    UNION SELECT shown.oid FROM shown JOIN showing ON showing.oid = shown.of
), triggers AS (
    SELECT t.*, c.named, c.relnamespace FROM pg_trigger t JOIN tables c ON c.oid = tgrelid
)
SELECT 'role ' || name || CASE WHEN rolcanlogin THEN ' logs in' ELSE ' does not log in' END
    || CASE WHEN name = 'login' AND rolinherit THEN ' and inherits' ELSE '' END FROM ours
UNION ALL
SELECT 'role ' || ours.name || ' is a member of ' || coalesce(theirs.name, pg_get_userbyid(m.roleid))
    || CASE WHEN m.admin_option THEN ' and makes others so' ELSE '' END
    || CASE WHEN ours.name = 'login' AND to_jsonb(m) ->> 'inherit_option' = 'true'
        THEN ' and inherits from it' ELSE '' END
FROM pg_auth_members m JOIN ours ON ours.oid = m.member LEFT JOIN ours theirs ON theirs.oid = m.roleid
UNION ALL
SELECT 'setting ' || setting FROM pg_db_role_setting s, unnest(setconfig) setting
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND (setrole = 0 OR setrole IN (SELECT oid FROM ours))
    AND setting ~* '^(portal\.|role=|row_security=|session_replication_role=)'
UNION ALL
SELECT named || ': ' || CASE WHEN relrowsecurity AND relforcerowsecurity THEN 'row-level security, forced'
    WHEN relrowsecurity THEN 'row-level security, not forced' ELSE 'no row-level security' END
FROM tables WHERE relkind IN ('r', 'p', 'f')
UNION ALL
SELECT named || ': policy ' || polname || CASE WHEN polpermissive THEN '' ELSE ' (restrictive)' END || ' for '
    || CASE polcmd WHEN '*' THEN 'all' WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
        ELSE 'delete' END
    || ' to ' || array_to_string(ARRAY(SELECT coalesce(who.name, pg_get_userbyid(one)) FROM unnest(polroles) one
        LEFT JOIN who ON who.oid = one ORDER BY 1), ', ')
    || coalesce(' using ' || pg_get_expr(polqual, polrelid), '')
    || coalesce(' check ' || pg_get_expr(polwithcheck, polrelid), '')
FROM pg_policy JOIN tables ON tables.oid = polrelid
UNION ALL
SELECT named || ': ' || who.name || ' may ' || string_agg(what, ', ' ORDER BY what COLLATE "C")
FROM rights JOIN who ON who.oid = grantee JOIN tables ON tables.oid = rights.oid GROUP BY named, who.name
UNION ALL
SELECT named || ': trigger ' || pg_get_triggerdef(oid)
    || CASE tgenabled WHEN 'O' THEN '' WHEN 'A' THEN ' (always)' ELSE ' (disabled)' END
FROM triggers WHERE NOT tgisinternal
UNION ALL
SELECT DISTINCT named || ': references are not checked' FROM triggers WHERE tgisinternal AND tgenabled NOT IN ('O', 'A')
UNION ALL
SELECT named || ': rule ' || rulename FROM pg_rewrite JOIN tables ON tables.oid = ev_class WHERE rulename <> '_RETURN'
UNION ALL
SELECT named || ': a view' || CASE relkind WHEN 'm' THEN ' that keeps what it shows' ELSE '' END
FROM showing JOIN tables ON tables.oid = showing.oid
UNION ALL
SELECT 'function ' || CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END || proname || '('
    || pg_get_function_identity_arguments(f.oid) || ')' || CASE WHEN prosecdef THEN ' as its owner' ELSE '' END
    || coalesce(' with ' || array_to_string(proconfig, ', '), '')
    || CASE WHEN prosecdef THEN coalesce(', run by ' || (
        SELECT string_agg(who.name, ', ' ORDER BY who.name)
        FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) a JOIN who ON who.oid = a.grantee), '') ELSE '' END
    || ', text ' || left(encode(sha256(convert_to(prosrc, 'UTF8')), 'hex'), 16)
FROM pg_proc f JOIN places p ON p.oid = pronamespace
WHERE NOT EXISTS (SELECT FROM brought WHERE classid = 'pg_proc'::regclass AND objid = f.oid)
    AND (prosecdef OR f.oid IN (SELECT tgfoid FROM triggers
        WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace))
"""


def declared() -> set[str]:
    """The facts that this version expects."""
    return {line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")}


def found() -> set[str]:
    """The facts of the database that we are connected to. Needs no rights."""
    prefix = f"{settings.PORTAL_ROLE_PREFIX}_"
    roles = [prefix + name for name in (*ROLE_NAMES, "login")]
    with connection.cursor() as cursor:
        cursor.execute(FACTS, {"prefix": prefix, "roles": roles})
        return {flat(" ".join(line.split()).replace(f"'{prefix}", "'")) for (line,) in cursor.fetchall()}


def flat(line: str) -> str:
    """A line without the parentheses that say nothing: `((a OR b) OR c)` is `(a OR b OR c)`. A dump that is restored
    loses those of a condition."""
    stack: list[list[Any]] = [[]]
    for part in PARTS.findall(line):
        if part == "(":
            stack.append([])
        elif part == ")" and len(stack) > 1:
            inside = stack.pop()
            stack[-1].append(inside)
        else:
            stack[-1].append(part)
    return "".join(_written(one) for level in stack for one in level)


def _written(node: Any) -> str:
    if isinstance(node, str):
        return node
    word = _joined_by(node)
    if not word:
        return f"({''.join(_written(one) for one in node)})"
    # An operand that is all parentheses, joined by the same word, stands without them.
    bare = [
        isinstance(one, list)
        and _joined_by(one) == word
        and all(side.strip() in ("", word) for side in (*node[max(place - 1, 0) : place], *node[place + 1 : place + 2]))
        for place, one in enumerate(node)
    ]
    return (
        f"({''.join(_written(one)[1:-1] if plain else _written(one) for one, plain in zip(node, bare, strict=True))})"
    )


def _joined_by(node: list[Any]) -> str:
    """AND or OR, when that and nothing else joins what stands in these parentheses."""
    words = {word for one in node if isinstance(one, str) for word in JOINS.findall(one)}
    return words.pop() if len(words) == 1 else ""


def missing_and_added() -> tuple[list[str], list[str]]:
    """What is declared and not there, and what is there and not declared, sorted.

    Tables of somebody else's are theirs, as long as no role of ours may reach them and they show none of ours.
    """
    expected, there = declared(), found()
    known = {line.partition(": ")[0] for line in expected}
    theirs = {line for line in there - expected if _is_of_a_table(line) and line.partition(": ")[0] not in known}
    reached = {line for line in theirs if " may " in line or ": a view" in line}
    return sorted(expected - there), sorted(there - expected - theirs | reached)


def _is_of_a_table(line: str) -> bool:
    return not line.startswith(("role ", "setting ", "function "))


def write() -> None:
    """Declare what is found."""
    FILE.write_text(TITLE + "".join(f"{line}\n" for line in sorted(found())), encoding="utf-8")
