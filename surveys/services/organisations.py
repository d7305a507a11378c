"""Organisations and the groups that they belong to, as the foundation keeps them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal.errors import Conflict, InvalidInput, NotAllowed, NotPossibleNow
from portal.models import Organisation, OrganisationGroup, User
from portal.roles import MANAGING_PEOPLE
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


@transaction.atomic
def create_organisation(*, code: str, name: str, group: OrganisationGroup | None, by: User) -> Organisation:
    """A new organisation without people yet. By an administrator; raises NotAllowed, InvalidInput for a code in use."""
    _check_administrator(by)
    try:
        with transaction.atomic():
            made = Organisation.objects.create(code=code, name=name.strip(), group=group)
    except IntegrityError:
        raise InvalidInput(_("This code is in use already.")) from None
    record("organisation.created", subject=made, by=by, organisation=made, code=code)
    return made


@transaction.atomic
def change_organisation(
    organisation: Organisation, *, name: str, group: OrganisationGroup | None, by: User
) -> Organisation:
    """Another name, another group or none. By an administrator.

    What was frozen keeps the groups that it was counted with; what is frozen from now on has the new ones. Raises
    NotAllowed, and NotPossibleNow for an organisation that merged away.
    """
    _check_administrator(by)
    held = Organisation.objects.select_for_update(of=("self",)).select_related("group").get(pk=organisation.pk)
    if held.merged_into_id is not None:
        raise NotPossibleNow(_("This organisation has merged into another one."))
    before = {"name": held.name, "group": held.group.code if held.group else ""}
    held.name, held.group = name.strip(), group
    after = {"name": held.name, "group": group.code if group else ""}
    if before != after:
        held.save(update_fields=["name", "group"])
        record("organisation.changed", subject=held, by=by, organisation=held, before=before, after=after)
    return held


@transaction.atomic
def save_group(group: OrganisationGroup | None, *, name: str, code: str = "", by: User) -> OrganisationGroup:
    """A new group of organisations, or another name for one. By an administrator; raises NotAllowed, InvalidInput."""
    _check_administrator(by)
    if group is not None:
        before, group.name = group.name, name.strip()
        group.save(update_fields=["name"])
        record("group.renamed", subject=group, by=by, before=before, after=group.name)
        return group
    try:
        with transaction.atomic():
            made = OrganisationGroup.objects.create(code=code, name=name.strip())
    except IntegrityError:
        raise InvalidInput(_("This code is in use already.")) from None
    record("group.created", subject=made, by=by, code=code)
    return made


def _check_administrator(by: User) -> None:
    if by.foundation_role not in MANAGING_PEOPLE:
        raise NotAllowed(_("Only an administrator of the foundation may do this."))
