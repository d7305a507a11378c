"""What can be posted where: the fields of every form that the product shows, and what of others may stand in them.

Forms are read from the pages themselves, so a new form or field is on the way at once; fields that a view reads and no
page shows are found in the view's own module. Into each field, one at a time, goes what is one's own, what is B's, and
what nobody has: the answers to the last two must be the same, and nothing of B's may change.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from inspect import getsourcefile
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection
from django.urls import Resolver404, resolve, reverse

from portal.models import Membership
from portal.rls import model_tenancy
from portal.tenancy import Tenancy, staff_scope
from surveys.models import Submission
from tests.house.walk import Walker, addresses, body_of, objects_of
from tests.house.walk_objects import OBJECTS
from tests.world import World

OURS = ("portal", "surveys", "benchmark")
READ = re.compile(r"""POST(?:\.get|\.getlist)?[(\[]\s*f?["']([\w-]+)["']""")
FREE = re.compile(r"^(a|r|w|m|q|na|words)-|text|remark|reason|name|email|password")  # what people write themselves
FAR = 40_000  # keys of the world begin so far up that no count or year on a page looks like one
TABLES = ("portal_organisation", "portal_user", "portal_membership", "portal_invitation", "portal_job", "portal_apikey",
          "surveys_submission", "surveys_query", "surveys_answerupload", "benchmark_report")  # fmt: skip

Body = dict[str, Any]


@dataclass
class Form:
    """One form as a page shows it: where it goes, its fields with what stands in them."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Collects the forms of a page that are posted."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.forms, self.current, self.select = path, [], None, ""  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            posted = given.get("method", "").lower() == "post"
            self.current = Form(given.get("action") or self.path) if posted else None
            self.forms += [self.current] if self.current else []
        name = given.get("name", "")
        if self.current is None:
            return
        if tag in ("input", "button", "textarea") and name:
            ticked = given.get("type") not in ("checkbox", "radio") or "checked" in given
            values = self.current.fields.setdefault(name, [])
            values += [given.get("value", "on" if tag == "input" else "")] if ticked and tag != "button" else []
        if tag == "select":
            self.select = name
            self.current.fields.setdefault(name, [])
        if tag == "option" and self.select and "selected" in given:
            self.current.fields[self.select].append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.current = None
        if tag == "select":
            self.select = ""


def forms_of(walker: Walker, kinds: tuple[str, ...]) -> dict[str, Form]:
    """Every form on the pages of this role about its own things, by where it goes; fields that views read as well."""
    found: dict[str, Form] = {}
    for address in addresses():
        if address.access is None or address.access.kind not in kinds or (
            address.parameters and address.name not in OBJECTS
        ):  # fmt: skip
            continue
        for label, kwargs in objects_of(address, walker.world).items():
            if label not in ("shared", f"of {walker.organisation}"):
                continue
            path = reverse(address.name, kwargs=kwargs)
            page = body_of(walker.call("GET", path)).decode("utf-8", "replace")
            for one in [Form(path), *_read(page, path)]:
                known = found.setdefault(one.action, Form(one.action))
                known.fields |= {name: one.fields[name] for name in one.fields if name != "csrfmiddlewaretoken"}
    for path, form in list(found.items()):
        read = _read_by_the_view(path)
        if read is None:
            del found[path]
        else:
            form.fields |= {name: [] for name in read if name not in form.fields}
    return {path: form for path, form in found.items() if form.fields}


def _read(page: str, path: str) -> list[Form]:
    parser = _Forms(path)
    parser.feed(page)
    return parser.forms


def _read_by_the_view(path: str) -> set[str] | None:
    """Names that the view's module asks the body for; None of an address that is not ours."""
    try:
        view = resolve(path.partition("?")[0]).func
    except Resolver404:
        return None
    file = getsourcefile(getattr(view, "__wrapped__", view)) or ""
    if not any(f"/{label}/" in file for label in OURS) or path.startswith("/api/"):
        return set() if "allauth" in file else None
    return set(READ.findall(Path(file).read_text(encoding="utf-8")))


def far_keys(superuser: Any) -> None:
    """Let the keys of everything that is made from here on be large numbers; `superuser`: a connection of one."""
    for table in TABLES:
        superuser.execute(
            "SELECT setval(one, %s) FROM (SELECT pg_get_serial_sequence(%s, 'id') AS one) s"
            " WHERE coalesce(pg_sequence_last_value(one::regclass), 0) < %s",
            [FAR, table, FAR],
        )


def of_others(world: World) -> dict[str, tuple[str, str]]:
    """By what it is: B's, and one of the same look that nobody has."""
    with staff_scope():
        keys = {
            "organisation": world.b.pk,
            "person": world.person("coordinator of B").pk,
            "membership": Membership.objects.get(user=world.person("coordinator of B")).pk,
            "submission": Submission.objects.filter(organisation=world.b, round=world.finished).get().pk,
            "query": world.queries["B"].pk,
            "upload": world.uploads["B"].pk,
            "report": world.reports["B"].pk,
            "invitation": world.invitations["B"].pk,
            "key": world.keys["B"].pk,
            "job": world.jobs["B"].pk,
        }
    found = {what: (str(pk), str(pk + 3 * FAR)) for what, pk in keys.items()}
    found["code"] = (world.b.code, "x" * len(world.b.code))
    address = world.person("coordinator of B").email
    found["address"] = (address, "nobody" + address[6:])
    return found


def own_body(form: Form) -> Body:
    """What the page itself would send."""
    return {name: values if len(values) > 1 else (values or [""])[0] for name, values in form.fields.items()}


def fields_to_try(form: Form) -> Iterator[str]:
    """Fields that could name something: not those that people fill with words or figures of their own."""
    yield from (name for name in form.fields if not FREE.search(name))


def rows_of_b(world: World) -> set[tuple[str, int, int]]:
    """Every table with how many rows B has in it, and a sum over all that they hold."""
    tables = [
        (model._meta.db_table, "id" if model._meta.label == "portal.Organisation" else "organisation_id")
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        if model_tenancy(model) in (Tenancy.OWNED, Tenancy.MIXED)
    ]
    asked = " UNION ALL ".join(
        f"SELECT '{table}', count(*), coalesce(sum(hashtext(t::text)), 0) FROM {table} t WHERE {column} = %(b)s"  # noqa: S608
        for table, column in tables
    )
    with staff_scope(), connection.cursor() as cursor:
        cursor.execute(asked, {"b": world.b.pk})
        return set(cursor.fetchall())
