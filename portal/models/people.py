"""People who sign in."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from portal.roles import FOUNDATION_ROLE_LABELS, FoundationRole
from portal.tenancy import Tenancy, current_scope

if TYPE_CHECKING:
    TextColumn = models.CharField[str, str]
else:
    TextColumn = models.CharField


class PasswordHash(TextColumn):
    """A column that only the login role may read; inside every scope its value is None.

    The roles of scopes hold no right on the column, so a query must not even name it. Who saves such a row whole in a
    scope gets an error of the database instead of an account without password.
    """

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        """What stands in a SELECT: the column, or nothing in its place."""
        return (sql, params) if current_scope() is None else ("NULL::varchar", [])

    def deconstruct(self) -> Any:
        """To migrations it is a CharField: what differs is who may read it."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class UserManager(BaseUserManager["User"]):
    """Makes users that sign in with an e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a normalised address; without a password they cannot sign in with one."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Addresses are compared without regard to case."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person: participant by membership, foundation staff by role, or both."""

    tenancy = Tenancy.PLATFORM

    password = PasswordHash(_("password"), max_length=128)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    foundation_role = models.CharField(
        _("foundation role"),
        max_length=20,
        blank=True,
        choices=[("", "—"), *((role.value, label) for role, label in FOUNDATION_ROLE_LABELS.items())],
    )
    language = models.CharField(
        _("language"), max_length=2, default="nl", choices=[("nl", "Nederlands"), ("en", "English")]
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    sessions_version = models.PositiveIntegerField(default=0)  # one higher: all sessions of this person end
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(foundation_role__in=["", *FoundationRole]), name="user_has_a_known_foundation_role"
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What each request compares with its session: another password or `sessions_version` ends the session."""
        value = f"{self.sessions_version}:{self.password}"
        return salted_hmac("portal.User.session", value, secret=secret, algorithm="sha256").hexdigest()

    @property
    def is_foundation_staff(self) -> bool:
        """Whether this person works for the foundation."""
        return bool(self.foundation_role)
