"""What signing in keeps of its own: sessions, and attempts that failed until they are told in the audit trail."""

from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now

from portal.tenancy import Tenancy


class FailedSignIn(models.Model):
    """An attempt that failed, for about a minute: a task tells the audit trail and removes it.

    The row is the same for known and unknown addresses: no foreign key is checked, and what was typed is not kept. The
    two marks are keyed hashes of the address and the network, only good for counting how many there were.
    """

    tenancy = Tenancy.PLATFORM

    class Way(models.TextChoices):
        """What was tried."""

        PASSWORD = "password"  # noqa: S105  a way to sign in, no password
        CODE = "code"
        PASSKEY = "passkey"
        SECOND_STEP = "second_step"
        CONFIRM = "confirm"
        LIMITED = "too_many"
        CLOSED = "closed_account"

    at = models.DateTimeField(db_default=Now(), editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    way = models.CharField(max_length=20, choices=Way.choices)
    address_mark = models.CharField(max_length=16)
    network_mark = models.CharField(max_length=16)

    def __str__(self) -> str:
        return f"{self.way} failed"


class OpenSession(AbstractBaseSession):
    """A session, as Django's own table has it, and whose it is: so a person finds theirs without reading all.

    Nobody has signed in yet when `user` is empty. When it began, when it was last used and in which kind of browser
    stand in its data (portal/sessions.py).
    """

    tenancy = Tenancy.PLATFORM

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Where its data is read and written."""
        from portal.session_store import SessionStore

        return SessionStore
