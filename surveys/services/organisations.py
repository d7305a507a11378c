"""Organisations and the groups that they belong to, as the foundation keeps them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal.errors import Conflict
from portal.models import Organisation, OrganisationGroup, User
from portal.services.audit import record


@dataclass(frozen=True)
class OrganisationRow:
    """What is to be known of one organisation. `group` is the code of its group, or empty; `dimensions` replaces the
    dimensions that it names (an empty value takes one away) and leaves the others.
    """

    code: str
    name: str
    group: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass
class OrganisationCounts:
    """Codes by what became of them."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@transaction.atomic
def save_organisations(
    rows: Sequence[OrganisationRow], *, by: User | None, is_invented: bool = False, keep_group: bool = False
) -> OrganisationCounts:
    """Create or update organisations by code, and the groups that they name; safe to repeat.

    `keep_group`: the rows do not know groups, so existing memberships of a group stay. Codes must be unique in `rows`.
    Raises Conflict when somebody made one of them at the same moment.
    """
    groups = _groups({row.group for row in rows if row.group})
    known = {one.code: one for one in Organisation.objects.filter(code__in=[row.code for row in rows])}
    counts = OrganisationCounts()
    new, changed = [], []
    for row in rows:
        group_id = groups[row.group].pk if row.group else None
        existing = known.get(row.code)
        if existing is None:
            dimensions = {code: value for code, value in row.dimensions.items() if value}
            new.append(
                Organisation(
                    code=row.code, name=row.name, group_id=group_id, dimensions=dimensions, is_invented=is_invented
                )
            )
            counts.created.append(row.code)
        elif _update(existing, row, existing.group_id if keep_group else group_id):
            changed.append(existing)
            counts.updated.append(row.code)
        else:
            counts.unchanged.append(row.code)
    try:
        with transaction.atomic():
            Organisation.objects.bulk_create(new, batch_size=2000)
    except IntegrityError:
        raise Conflict(_("Somebody else added one of these organisations at the same moment. Try again.")) from None
    Organisation.objects.bulk_update(changed, ["name", "group", "dimensions"], batch_size=500)
    if new or changed:
        record("organisations.saved", subject="organisations", by=by, created=len(new), updated=len(changed))
    return counts


def _update(existing: Organisation, row: OrganisationRow, group_id: int | None) -> bool:
    """Put the row's values into the organisation; whether that changed anything."""
    merged = {**existing.dimensions, **row.dimensions}
    dimensions = {code: value for code, value in merged.items() if value}
    before = (existing.name, existing.group_id, existing.dimensions)
    existing.name, existing.group_id, existing.dimensions = row.name, group_id, dimensions
    return before != (row.name, group_id, dimensions)


def _groups(codes: Iterable[str]) -> dict[str, OrganisationGroup]:
    wanted = sorted(codes)
    OrganisationGroup.objects.bulk_create(
        [OrganisationGroup(code=code, name=code) for code in wanted], ignore_conflicts=True
    )
    return {group.code: group for group in OrganisationGroup.objects.filter(code__in=wanted)}
