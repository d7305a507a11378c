"""Everybody else who might come by, besides `tests/world.py`: those who left, are still to come, or hold a key."""

from datetime import timedelta

from django.db.models.functions import Now

from portal.models import ApiKey, Membership, Organisation
from portal.roles import FoundationRole, MemberRole
from portal.services.api_keys import issue_api_key, revoke_api_key
from portal.services.invitations import invite
from portal.services.members import remove_member
from portal.services.people import add_member, create_user
from portal.tenancy import participant_scope, staff_scope
from tests.world import World

GROUPS = {
    "members": tuple(f"{role} of {name}" for name in "AB" for role in ("viewer", "contributor", "coordinator")),
    "foundation": ("researcher", "publisher", "administrator", "staff without a second factor"),
    "strangers": ("anonymous", "outsider", "invited, not yet come", "who left A", "asked for a second step"),
    "keys": ("key of A", "key of B", "expired key", "revoked key"),
}
WEAK = "staff without a second factor"
ASKED = "asked for a second step"  # coordinator of an organisation that asks one of everybody, and has none
DEAD_KEYS = ("expired key", "revoked key")


def give_people(world: World) -> None:
    """Colleagues at B, somebody who left A, somebody whom A invited, somebody whose organisation asks a second step
    that they have not, staff with a password alone, keys that ended.
    """
    administrator = world.person("administrator")
    with staff_scope(administrator.pk):
        for name in ("viewer of B", "contributor of B", "who left A", "invited, not yet come"):
            email = f"{name.replace(' ', '-').replace(',', '').lower()}@world.invalid"
            world.people[name] = create_user(email=email, name=name, by=administrator)
        world.people[WEAK] = create_user(
            email="weak@world.invalid", name=WEAK, foundation_role=FoundationRole.ADMINISTRATOR, by=administrator
        )
        for name, role in (("viewer of B", MemberRole.VIEWER), ("contributor of B", MemberRole.CONTRIBUTOR)):
            add_member(world.b, world.person(name), role=role, by=administrator)
        strict = Organisation.objects.create(code="strict", name="Strict", second_step_required=True)
        world.people[ASKED] = create_user(email="asked@world.invalid", name=ASKED, by=administrator)
        add_member(strict, world.person(ASKED), role=MemberRole.COORDINATOR, by=administrator)
        gone = add_member(world.a, world.person("who left A"), role=MemberRole.COORDINATOR, by=administrator)
        for name in DEAD_KEYS:
            key, world.key_texts[name] = issue_api_key(name, days=9, by=administrator, organisation=world.a)
            if name == "revoked key":
                revoke_api_key(key, by=administrator)
            else:
                ApiKey.objects.filter(pk=key.pk).update(expires_at=Now() - timedelta(seconds=1))
        coordinator = world.person("coordinator of A")
        remove_member(Membership.objects.get(pk=gone.pk), by=coordinator)
    with participant_scope(world.a.pk, coordinator.pk):
        address = world.person("invited, not yet come").email
        invite(address, role=MemberRole.COORDINATOR, organisation=world.a, by=coordinator, link="/invitation/TOKEN/")
