"""Who may call a view, declared on the view itself, where the middleware and the house tests read it.

    @public                        anyone; the database role is `api`: published tables only
    @participant(ANSWERING)        a member of the active organisation with one of these roles; role `participant`
    @staff(RUNNING_ROUNDS)         foundation staff with one of these roles; role `staff`
    @identity                      sign-in pages: no database role beyond the login role's own tables
    @signed_in                     any signed-in person, before an organisation is chosen

A view without a declaration is refused loudly.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from portal.roles import FoundationRole, MemberRole

Kind = Literal["public", "participant", "staff", "identity", "signed_in"]
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """A view's declared access."""

    kind: Kind
    roles: frozenset[str] = frozenset()


def _declare(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Anyone may call it; it sees published tables only."""
    return _declare(Access("public"))(view)


def identity(view: View) -> View:
    """A sign-in page or asset that needs no tenant data."""
    return _declare(Access("identity"))(view)


def signed_in(view: View) -> View:
    """Any signed-in person; sees own memberships only."""
    return _declare(Access("signed_in"))(view)


def participant(roles: Collection[MemberRole]) -> Callable[[View], View]:
    """Members of the active organisation with one of `roles`."""
    return _declare(Access("participant", frozenset(roles)))


def staff(roles: Collection[FoundationRole]) -> Callable[[View], View]:
    """Foundation staff with one of `roles`."""
    return _declare(Access("staff", frozenset(roles)))


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
