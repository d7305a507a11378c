"""People: accounts, foundation roles, and who belongs to which organisation."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotAllowed
from portal.models import Membership, Organisation, User
from portal.roles import FoundationRole, MemberRole
from portal.services.audit import record


@transaction.atomic
def create_user(
    *,
    email: str,
    name: str,
    by: User | None,
    password: str | None = None,
    foundation_role: FoundationRole | None = None,
    language: str = "nl",
) -> User:
    """A new account; needs the staff scope. Without `password` one cannot sign in with a password.

    `by` must be an administrator, or None for the system. Raises NotAllowed, and InvalidInput when the address is
    taken or the password is too easy.
    """
    _check_administrator(by)
    user = User(email=email.strip().lower(), name=name, language=language)
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise InvalidInput(_("This password cannot be used."), error.messages) from None
    fields = {"name": name, "language": language, "foundation_role": foundation_role or ""}
    try:
        with transaction.atomic():
            user = User.objects.create_user(email.strip(), password, **fields)
    except IntegrityError:
        raise InvalidInput(_("There is already an account with this e-mail address.")) from None
    record("user.created", subject=user, by=by, foundation_role=str(foundation_role or ""))
    return user


@transaction.atomic
def add_member(organisation: Organisation, user: User, *, role: MemberRole, by: User | None) -> Membership:
    """Let a person act for an organisation in `role`; who is a member already gets that role. Needs the staff scope.

    `by` must be an administrator, or None for the system. Raises NotAllowed.
    """
    _check_administrator(by)
    membership, created = Membership.objects.get_or_create(
        organisation=organisation, user=user, defaults={"role": role}
    )
    if not created and membership.role != role:
        membership.role = role
        membership.save(update_fields=["role"])
    record("member.added", subject=membership, by=by, organisation=organisation, person=user.pk, role=str(role))
    return membership


def _check_administrator(by: User | None) -> None:
    if by is not None and by.foundation_role != FoundationRole.ADMINISTRATOR:
        raise NotAllowed(_("Only an administrator of the foundation may do this."))
