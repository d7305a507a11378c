"""Queries whose SQL the ORM writes once per process, for what nearly every request asks.

Writing a query takes the ORM several times as long as PostgreSQL takes to answer it. A kept query is an ordinary
queryset with places in it; each call puts values there. Only the text and how rows become objects are kept: each call
asks the database anew, on the connection of now and so in the scope that it runs in.

    MEMBERSHIPS = KeptQuery(lambda place: Membership.objects.filter(user=place("user")).select_related("organisation"))
    rows = MEMBERSHIPS(user=user.pk)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)


class Place(Expression):
    """Where a value is put at each call."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Itself as the parameter, to be found again."""
        return "%s", [self]


@dataclass(frozen=True)
class _Written:
    """The SQL with its parameters, and how a row becomes an object with its related ones."""

    sql: str
    parameters: Sequence[Any]
    model: type[Model]
    names: Sequence[str]
    columns: slice
    converters: Sequence[tuple[int, Any, Any]]
    populators: Sequence[Any]
    annotations: Mapping[str, int]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        return [given[one.name] if isinstance(one, Place) else one for one in self.parameters]

    def made(self, row: list[Any], connection: Any) -> Model:
        """As a queryset makes it."""
        for at, convert, expression in self.converters:
            row[at] = convert(row[at], expression, connection)
        one = self.model.from_db(connection.alias, self.names, row[self.columns])
        for populator in self.populators:
            populator.populate(row, one)
        for name, at in self.annotations.items():
            setattr(one, name, row[at])
        return one


class KeptQuery(Generic[M]):
    """`write` gives the queryset, with `place(name)` wherever a call gives a value: never for a list."""

    def __init__(self, write: Callable[[type[Place]], QuerySet[M]]) -> None:
        self._write = write
        self._written: _Written | None = None

    def __call__(self, **given: Any) -> list[M]:
        """The objects, with these values in the places."""
        written = self._written = self._written or self._write_down()
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(written.sql, written.values(given))
            rows = cursor.fetchall()
        return [written.made(list(row), connection) for row in rows]  # type: ignore[misc]

    def one(self, **given: Any) -> M | None:
        """The first of them, if there is any."""
        return next(iter(self(**given)), None)

    def _write_down(self) -> _Written:
        compiler = self._write(Place).query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        info, select = compiler.klass_info, compiler.select
        columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        converters = compiler.get_converters([one[0] for one in select])
        return _Written(
            sql=sql,
            parameters=parameters,
            model=info["model"],
            names=[one[0].target.attname for one in select[columns]],
            columns=columns,
            converters=[(at, convert, of) for at, (every, of) in converters.items() for convert in every],
            populators=get_related_populators(info, select, DEFAULT_DB_ALIAS),  # type: ignore[call-arg]  # newer stubs
            annotations=compiler.annotation_col_map,
        )


__all__ = ["KeptQuery", "Place"]
