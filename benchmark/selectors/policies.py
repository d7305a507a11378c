"""The versions of the protection policy, for staff: what is in force, what waits for approval, what changed."""

from dataclasses import dataclass
from typing import Any

from benchmark.models import PolicyVersion


@dataclass(frozen=True)
class PolicyChange:
    """One rule that differs from the version before."""

    rule: str
    before: Any
    after: Any


@dataclass(frozen=True)
class PolicyPage:
    """A version with what it changes; `in_force`: rounds that open now are protected by it."""

    version: PolicyVersion
    changes: tuple[PolicyChange, ...]
    in_force: bool

    @property
    def is_proposal(self) -> bool:
        """Whether it waits for a second person."""
        return self.version.approved_at is None


def policy_pages(profile: str | None = None) -> tuple[PolicyPage, ...]:
    """All versions, profile by profile, the newest first; needs the staff's or the worker's scope."""
    versions = PolicyVersion.objects.select_related("proposed_by", "approved_by").order_by("profile", "version")
    if profile is not None:
        versions = versions.filter(profile=profile)
    by_profile: dict[str, list[PolicyVersion]] = {}
    for one in versions:
        by_profile.setdefault(one.profile, []).append(one)
    return tuple(page for group in by_profile.values() for page in _pages(group))


def profiles_to_choose() -> tuple[str, ...]:
    """Names of the profiles that a round can be protected under."""
    found = (
        PolicyVersion.objects.filter(approved_at__isnull=False).order_by("profile").values_list("profile", flat=True)
    )
    return tuple(dict.fromkeys(found))


def _pages(versions: list[PolicyVersion]) -> list[PolicyPage]:
    approved = [one for one in versions if one.approved_at is not None]
    pages = []
    for one in versions:
        before = [other for other in approved if other.version < one.version]
        changes = _changes(before[-1].body, one.body) if before else ()
        pages.append(PolicyPage(one, changes, bool(approved) and one.pk == approved[-1].pk))
    return pages[::-1]


def _changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[PolicyChange, ...]:
    rules = [rule for rule in {**before, **after} if rule not in ("profile", "version")]
    return tuple(
        PolicyChange(rule, before.get(rule), after.get(rule)) for rule in rules if before.get(rule) != after.get(rule)
    )
