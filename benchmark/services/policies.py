"""The protection policy as versioned data: one person proposes, another approves, rounds opened later follow it.

    version = propose_policy("standard", {"min_contributors": 6}, note="…", by=researcher)
    approve_policy(version.pk, by=publisher)
    policy_for(round_)                        # the version under which a round's results are protected
    choose_profile(round_.pk, "official", by=researcher)        # while the round is a draft

Nobody switches protection off: a version that was approved never changes, and a round keeps the one that was in force
when it was opened.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from benchmark.models import PolicyVersion, new_salt
from benchmark.stats.disclosure.policy import Policy, PolicyError
from benchmark.stats.release import canonical_json
from portal.errors import InvalidInput, NotAllowed, NotPossibleNow
from portal.models import User
from portal.roles import ANY_STAFF, PUBLISHING, RUNNING_ROUNDS, FoundationRole
from portal.services.audit import record
from surveys.models import Round
from surveys.services.rounds import lock_round


def rules_of(version: PolicyVersion) -> Policy:
    """The rules of a stored version; one that is older than a rule has the software's own value for it."""
    return Policy.from_dict({**Policy().to_dict(), **version.body})


def policy_hash(body: Mapping[str, Any], salt: str) -> str:
    """The hash that releases print: it binds the foundation to its rules, and without the salt it tells nothing."""
    return hashlib.sha256(salt.encode() + canonical_json(dict(body))).hexdigest()


def policy_for(round_: Round) -> PolicyVersion:
    """The newest version of the round's profile that was approved before the round was opened.

    A round that was opened before there were versions has the first one; one that was never opened the newest. Raises
    NotPossibleNow for a profile without an approved version.
    """
    approved = PolicyVersion.objects.filter(profile=round_.policy_profile, approved_at__isnull=False)
    before = approved.filter(approved_at__lte=round_.opens_at) if round_.opens_at else approved
    found = before.order_by("-version").first() or approved.order_by("version").first()
    if found is None:
        raise NotPossibleNow(
            _("There is no approved protection policy “%(profile)s”.") % {"profile": round_.policy_profile}
        )
    return found


@transaction.atomic
def propose_policy(profile: str, changes: Mapping[str, Any], *, note: str, by: User | None) -> PolicyVersion:
    """A next version of the profile with some rules changed, which waits for a second person.

    A profile that does not exist yet begins with the standard rules. Raises NotAllowed, InvalidInput when a rule is
    unknown or protects nobody, when nothing changes or no reason is given.
    """
    person = _person(by, ANY_STAFF)
    if not note.strip():
        raise InvalidInput(_("Say why the rules change."))
    earlier = PolicyVersion.objects.filter(profile=profile)
    base = earlier.filter(approved_at__isnull=False).order_by("-version").first()
    rules = rules_of(base).to_dict() if base else Policy().to_dict()
    number = (earlier.aggregate(last=Max("version"))["last"] or 0) + 1
    wanted = {**rules, **changes}
    if wanted == rules and base is not None:
        raise InvalidInput(_("These are the rules as they are now."))
    body, salt = _checked({**wanted, "profile": profile, "version": number}), new_salt()
    try:
        with transaction.atomic():
            made = PolicyVersion.objects.create(
                profile=profile,
                version=number,
                body=body,
                salt=salt,
                content_hash=policy_hash(body, salt),
                note=note.strip(),
                proposed_by=person,
            )
    except IntegrityError:
        raise NotPossibleNow(_("Somebody else has just proposed a change: look at that first.")) from None
    record("policy.proposed", subject=made, by=person, profile=profile, version=number, content_hash=made.content_hash)
    return made


@transaction.atomic
def approve_policy(version_id: int, *, by: User | None) -> PolicyVersion:
    """Put a proposal in force for rounds that open from now on; a second click of the same person changes nothing.

    Raises NotAllowed for whoever may not publish or proposed it, NotPossibleNow when it was overtaken.
    """
    person = _person(by, PUBLISHING)
    found = PolicyVersion.objects.select_for_update(of=("self",)).filter(pk=version_id).first()
    if found is None:
        raise NotPossibleNow(_("This proposal does not exist."))
    if found.approved_at is not None and found.approved_by_id == person.pk:
        return found
    if found.proposed_by_id == person.pk:
        raise NotAllowed(_("You proposed this policy yourself. A second person has to approve it."))
    later = PolicyVersion.objects.filter(
        profile=found.profile, version__gt=found.version, approved_at__isnull=False
    ).exists()
    if found.approved_at is not None or later:
        raise NotPossibleNow(_("This proposal was approved already, or a later one was."))
    PolicyVersion.objects.filter(pk=found.pk).update(approved_at=Now(), approved_by=person)
    record("policy.approved", subject=found, by=person, profile=found.profile, version=found.version)
    found.refresh_from_db()
    return found


@transaction.atomic
def choose_profile(round_id: int, profile: str, *, by: User | None) -> Round:
    """Say under which profile a round is protected, while it is a draft.

    Raises NotAllowed, NotPossibleNow once the round was opened, InvalidInput for a profile that nobody approved.
    """
    person = _person(by, RUNNING_ROUNDS)
    current = lock_round(round_id)
    if current.state != Round.State.DRAFT:
        raise NotPossibleNow(_("The protection of a round is chosen before it opens."))
    if not PolicyVersion.objects.filter(profile=profile, approved_at__isnull=False).exists():
        raise InvalidInput(_("There is no approved protection policy “%(profile)s”.") % {"profile": profile})
    before, current.policy_profile = current.policy_profile, profile
    current.save(update_fields=["policy_profile"])
    record("round.profile_chosen", subject=current, by=person, code=current.code, before=before, after=profile)
    return current


def _checked(body: Mapping[str, Any]) -> dict[str, Any]:
    """The rules as they are stored, or InvalidInput with what is wrong."""
    usual = Policy().to_dict()
    for rule, value in body.items():
        if rule in usual and type(value) is not type(usual[rule]):
            kind = type(usual[rule]).__name__
            raise InvalidInput(_("These rules cannot be used."), [f"{rule}: {value!r} is not of kind {kind}"])
    try:
        return Policy.from_dict(body).to_dict()
    except (PolicyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(_("These rules cannot be used."), [str(error)]) from None


def _person(by: User | None, roles: frozenset[FoundationRole]) -> User:
    if by is None or by.foundation_role not in roles:
        raise NotAllowed(_("Your role does not allow this."))
    return by
