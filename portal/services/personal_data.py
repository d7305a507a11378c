"""What the portal holds about a person: taking it along, and forgetting who they were (AVG articles 15, 17 and 20).

Both go by the models themselves, so a new table takes part without being named: what refers to a person is found by
its foreign key to `User`, what carries their address by its e-mail fields. An organisation's figures stay the
organisation's: of those a person is told that they gave them and when, and whoever asks later sees a pseudonym.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from portal.errors import NotPossibleNow
from portal.models import AuditEntry, FailedSignIn, Invitation, Membership, OpenSession, Organisation, OutboxMail, User
from portal.roles import MemberRole
from portal.services.audit import record
from portal.tenancy import staff_scope, worker_scope

# Tables about people themselves: told in full, but for what would let somebody in.
ABOUT_PEOPLE: tuple[type[models.Model], ...] = (
    User, Membership, EmailAddress, Authenticator, Invitation, OutboxMail, AuditEntry, FailedSignIn,
)  # fmt: skip
SECRET = frozenset({"password", "token_hash", "key_hash", "data", "key", "is_superuser", "sessions_version"})
# Removed when a person is erased; of these an address or a person is all there is.
FORGOTTEN: tuple[type[models.Model], ...] = (
    Membership, EmailAddress, Authenticator, Invitation, OutboxMail, FailedSignIn,
)  # fmt: skip
ERASED_HOST = "erased.invalid"
OF_SIGNING_IN: tuple[type[models.Model], ...] = (EmailAddress, EmailConfirmation)
MOST_ROWS = 100_000


def people_fields() -> Iterator[tuple[type[models.Model], "models.Field[Any, Any]"]]:
    """Every foreign key to a person, in every app; sessions are only counted, their content lets somebody in."""
    for model in apps.get_models():
        for field in model._meta.fields:
            if field.remote_field is not None and field.related_model is User and model is not OpenSession:
                yield model, field


def address_fields() -> Iterator[tuple[type[models.Model], "models.Field[Any, Any]"]]:
    """Every field that holds an e-mail address, except the person's own."""
    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, models.EmailField) and model is not User:
                yield model, field


def person_data(user: User) -> dict[str, Any]:
    """Everything about a person, by table: rows in full where they are about people, else that and when.

    Needs the staff scope; what only signing in keeps is read as the worker.
    """
    found: dict[str, Any] = {"person": _row(user), "about": {}, "did": {}}
    for model, field in (*people_fields(), *address_fields()):
        with worker_scope() if model in OF_SIGNING_IN else nullcontext():
            told = _rows_of(user, model, field)
        if told:
            kind = "about" if model in ABOUT_PEOPLE else "did"
            found[kind].setdefault(model._meta.label, []).extend(told)
    mentions = AuditEntry.objects.filter(
        Q(detail__person=user.pk) | Q(subject=f"{User._meta.label_lower}:{user.pk}")
    ).order_by("pk")[:MOST_ROWS]
    about = [_row(entry) | {"as": "subject"} for entry in mentions]
    if about:
        found["about"].setdefault(AuditEntry._meta.label, []).extend(about)
    with worker_scope():
        found["sessions"] = OpenSession.objects.filter(user=user).count()
    return found


def own_data_of(user: User) -> dict[str, Any]:
    """`person_data` for the person themself, noted in the audit log. In the staff's scope, because their rows stand
    with several organisations or with none; the caller knows that it is this person who asks.
    """
    with staff_scope(user.pk):
        record("person.exported", subject=user, by=user)
        return person_data(user)


def _rows_of(user: User, model: type[models.Model], field: "models.Field[Any, Any]") -> list[dict[str, Any]]:
    """What one column of one table refers to the person."""
    given = user.email if isinstance(field, models.EmailField) else user.pk
    unread = [one.name for one in model._meta.fields if one.name in SECRET]  # some the database would refuse to tell
    rows = model._default_manager.filter(**{field.attname: given}).defer(*unread).order_by("pk")[:MOST_ROWS]
    of_another = field.name == "invited_by"  # an invitation is about who was invited
    make = _row if model in ABOUT_PEOPLE and not of_another else _trace
    return [make(row) | {"as": field.name} for row in rows]


def _row(row: models.Model) -> dict[str, Any]:
    """A row in full, but for secrets."""
    fields = [field for field in row._meta.fields if field.name not in SECRET]
    return {field.name: _plain(field.value_from_object(row)) for field in fields}


def _trace(row: models.Model) -> dict[str, Any]:
    """That a row is there, of whom, and when; what it says is an organisation's or the foundation's."""
    told = {"id": row.pk}
    for field in row._meta.fields:
        if isinstance(field, models.DateTimeField) or field.attname == "organisation_id":
            told[field.attname] = _plain(field.value_from_object(row))
    return told


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value if _is_json(value) else str(value)


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool | dict | list)


def left_without_coordinator(user: User) -> list[Organisation]:
    """Organisations of which this person is the only coordinator."""
    coordinators = Membership.objects.filter(role=MemberRole.COORDINATOR)
    own = coordinators.filter(user=user).select_related("organisation")
    return [one.organisation for one in own if not coordinators.filter(
        organisation=one.organisation_id, user__is_active=True).exclude(user=user).exists()]  # fmt: skip


def is_erased(user: User) -> bool:
    """Whether only the pseudonym is left."""
    return user.email.endswith(f"@{ERASED_HOST}")


@transaction.atomic
def erase_person(user: User, *, by: User | None) -> None:
    """Forget who a person was: the account becomes a pseudonym that nobody can sign in with; needs the staff scope.

    What they did for an organisation stays, under the pseudonym; the audit chain knows them by number only and stays
    whole. Raises NotPossibleNow for somebody with a role at the foundation, and for oneself.
    """
    if user.foundation_role or (by is not None and by.pk == user.pk):
        raise NotPossibleNow(_("Somebody else must take the role at the foundation away first."))
    if is_erased(user):
        return
    address = user.email
    with worker_scope():
        held = User.objects.select_for_update().get(pk=user.pk)
        OpenSession.objects.filter(user=held).delete()
        EmailConfirmation.objects.filter(email_address__user=held).delete()
        for model in FORGOTTEN:
            for owner, field in (*people_fields(), *address_fields()):
                if owner is model and field.name in ("user", "email", "to", "accepted_by"):
                    given = address if isinstance(field, models.EmailField) else held.pk
                    lookup = f"{field.name}__iexact" if isinstance(field, models.EmailField) else field.attname
                    model._default_manager.filter(**{lookup: given}).delete()
        held.groups.clear()
        held.user_permissions.clear()
        held.set_unusable_password()
        held.email, held.name = f"{held.pk}@{ERASED_HOST}", _pseudonym(held)
        held.is_active, held.last_login, held.sessions_version = False, None, F("sessions_version") + 1
        held.save()
    record("person.erased", subject=user, by=by)
    user.refresh_from_db()


def _pseudonym(user: User) -> str:
    return f"pseudonym {user.pk}"
