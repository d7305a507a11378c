"""Who may call a view, declared on the view itself, where the middleware and the house tests read it.

    @public                        anyone; the database role is `api`: published tables only
    @public_api                    the same, counted: so many calls a minute per key or network
    @participant(ANSWERING)        a member of the active organisation with one of these roles; role `participant`
    @staff(RUNNING_ROUNDS)         foundation staff with one of these roles; role `staff`
    @identity                      sign-in pages: no database role beyond the login role's own tables
    @account                       pages about one's own sign-in, for who is signed in; the same tables
    @confirmed                     the same, for who confirmed lately who they are
    @by_key("upload")              holder of an API key with this scope; role `participant` of its organisation
    @signed_in                     any signed-in person, before an organisation is chosen

Staff pages ask for a second factor, always. `fresh=True` also asks to confirm who one is when that was more than ten
minutes ago: raw answers, publishing, keys. A view without a declaration is refused loudly.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from portal.roles import FoundationRole, MemberRole

Kind = Literal["public", "participant", "staff", "identity", "account", "signed_in", "key"]
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """A view's declared access."""

    kind: Kind
    roles: frozenset[str] = frozenset()
    fresh: bool = False
    counted: bool = False  # calls are counted and limited


def _declare(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Anyone may call it; it sees published tables only."""
    return _declare(Access("public"))(view)


def public_api(view: View) -> View:
    """Anyone may call it, so many times a minute; it sees published tables only."""
    return _declare(Access("public", counted=True))(view)


def identity(view: View) -> View:
    """A sign-in page or asset that needs no tenant data."""
    return _declare(Access("identity"))(view)


def account(view: View) -> View:
    """A page about one's own password or second factor; who is signed in, and no tenant data."""
    return _declare(Access("account"))(view)


def confirmed(view: View) -> View:
    """As `account`, for who confirmed in the last ten minutes who they are."""
    return _declare(Access("account", fresh=True))(view)


def signed_in(view: View) -> View:
    """Any signed-in person; sees own memberships only."""
    return _declare(Access("signed_in"))(view)


def participant(roles: Collection[MemberRole], *, fresh: bool = False) -> Callable[[View], View]:
    """Members of the active organisation with one of `roles`; `fresh`: who confirmed lately who they are."""
    return _declare(Access("participant", frozenset(roles), fresh))


def staff(roles: Collection[FoundationRole], *, fresh: bool = False) -> Callable[[View], View]:
    """Foundation staff with one of `roles` and a second factor; `fresh`: who confirmed lately who they are."""
    return _declare(Access("staff", frozenset(roles), fresh))


def by_key(scope: str) -> Callable[[View], View]:
    """Holders of an API key of an organisation with this scope (`ApiKey.Scope`); cookies and forms play no part."""

    def mark(view: View) -> View:
        view.csrf_exempt = True  # type: ignore[attr-defined]
        return _declare(Access("key", frozenset({str(scope)})))(view)

    return mark


def access_of(view: Any) -> Access | None:
    """The declared access of a view function or view class, or None."""
    declared = getattr(view, "access", None) or getattr(getattr(view, "view_class", None), "access", None)
    declared = declared or getattr(getattr(view, "cls", None), "access", None)
    if declared is not None:
        return declared
    module = getattr(view, "__module__", "")
    if module.startswith(("allauth.", "django.views.", "django.contrib.staticfiles")):
        return Access("identity")
    return Access("public") if module.startswith("drf_spectacular.") else None
