"""The policy as data: two people, forward only, never changed once approved."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone, translation

from benchmark.models import PolicyVersion
from benchmark.selectors.policies import policy_pages, profiles_to_choose
from benchmark.services.policies import (
    approve_policy,
    choose_profile,
    policy_for,
    policy_hash,
    propose_policy,
    rules_of,
)
from benchmark.stats.disclosure.policy import PROFILES
from portal.errors import InvalidInput, NotAllowed, NotPossibleNow
from portal.models import AuditEntry, User
from portal.roles import FoundationRole
from portal.tenancy import api_scope, participant_scope, staff_scope, worker_scope
from surveys.models import Round
from surveys.services.rounds import advance_round, create_round
from tests.benchmark.frozen import QUESTIONNAIRE, person, questionnaire_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher() -> User:
    return person(FoundationRole.RESEARCHER, "ruth")


@pytest.fixture
def publisher() -> User:
    return person(FoundationRole.PUBLISHER, "paul")


def draft(code: str, by: User | None = None) -> Round:
    version = questionnaire_version(QUESTIONNAIRE.format(version="2025"))
    with staff_scope():
        return create_round(code=code, title_nl=code, title_en=code, version=version, reference_period="2025", by=by)


def opened(round_: Round, *, ago: timedelta) -> Round:
    with staff_scope():
        advance_round(round_.pk, "open", by=None)
        Round.objects.filter(pk=round_.pk).update(opens_at=timezone.now() - ago)
        round_.refresh_from_db()
    return round_


def test_the_shipped_profiles_are_in_force_from_the_start() -> None:
    with worker_scope():
        shipped = {one.profile: rules_of(one) for one in PolicyVersion.objects.all()}
        assert all(one.is_shipped and one.approved_at for one in PolicyVersion.objects.all())
    assert shipped == dict(PROFILES)


def test_a_change_takes_two_people_and_is_written_down(researcher: User, publisher: User) -> None:
    with staff_scope():
        made = propose_policy("standard", {"min_contributors": 6}, note="advice", by=researcher)
        assert (made.version, made.approved_at) == (2, None)
        assert rules_of(made).min_contributors == 6
        for somebody in (researcher, None, person(FoundationRole.ADMINISTRATOR, "ada")):
            with pytest.raises(NotAllowed):
                approve_policy(made.pk, by=somebody)
        first, again = approve_policy(made.pk, by=publisher), approve_policy(made.pk, by=publisher)
        assert first.approved_at == again.approved_at is not None
        actions = list(AuditEntry.objects.order_by("id").values_list("action", "actor__name"))
    assert [one for one in actions if one[0].startswith("policy.")] == [
        ("policy.proposed", "ruth"),
        ("policy.approved", "paul"),
    ]


def test_nobody_approves_what_they_proposed_even_with_the_role(publisher: User) -> None:
    with staff_scope(), translation.override("en"):
        made = propose_policy("standard", {"digits": 2}, note="coarser", by=publisher)
        with pytest.raises(NotAllowed, match="second person"):
            approve_policy(made.pk, by=publisher)


def test_the_database_itself_wants_two_people(researcher: User, publisher: User) -> None:
    with staff_scope():
        made = propose_policy("standard", {"digits": 2}, note="coarser", by=researcher)
        waiting = PolicyVersion.objects.filter(pk=made.pk)
        for change in (
            lambda: waiting.update(approved_at=timezone.now(), approved_by=researcher),
            lambda: waiting.update(approved_at=timezone.now()),
            lambda: waiting.update(body={}),
            lambda: waiting.update(note="something else"),
            lambda: waiting.update(salt=""),
            lambda: waiting.delete(),
            lambda: PolicyVersion.objects.create(
                profile="mine", version=1, body={}, is_shipped=True, approved_at=timezone.now()
            ),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        approve_policy(made.pk, by=publisher)
        with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
            waiting.update(approved_at=timezone.now())


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"min_contributors": 2}, "weak"),
        ({"min_contributors": 5.5}, "odd"),
        ({"p": 1.5}, "weak"),
        ({"unknown": 1}, "odd"),
        ({"quantile_minima": {"p50": 3}}, "weak"),
        ({"min_contributors": 5}, "nothing"),
        ({"min_contributors": 6}, " "),
    ],
)
def test_rules_that_cannot_be_used_are_refused(researcher: User, changes: dict[str, object], note: str) -> None:
    with staff_scope(), pytest.raises(InvalidInput):
        propose_policy("standard", changes, note=note, by=researcher)


def test_changes_apply_to_rounds_that_open_later(researcher: User, publisher: User) -> None:
    before = opened(draft("before"), ago=timedelta(0))
    with staff_scope():
        made = propose_policy("standard", {"min_contributors": 6}, note="advice", by=researcher)
        approve_policy(made.pk, by=publisher)
        Round.objects.filter(pk=before.pk).update(opens_at=timezone.now() - timedelta(hours=1))
        before.refresh_from_db()
        assert policy_for(before).version == 1  # opened before either: the first
        later = opened(draft("later"), ago=timedelta(hours=-1))
        assert policy_for(later).version == 2
        assert policy_for(draft("waiting")).version == 2
        propose_policy("standard", {"min_contributors": 7}, note="more", by=researcher)
        assert policy_for(later).version == 2  # a proposal binds nobody


def test_an_overtaken_proposal_cannot_be_approved(researcher: User, publisher: User) -> None:
    with staff_scope():
        old = propose_policy("standard", {"digits": 2}, note="coarser", by=researcher)
        new = propose_policy("standard", {"min_contributors": 6}, note="advice", by=researcher)
        approve_policy(new.pk, by=publisher)
        with pytest.raises(NotPossibleNow):
            approve_policy(old.pk, by=publisher)


def test_a_round_chooses_its_profile_while_it_is_a_draft(researcher: User, publisher: User) -> None:
    round_ = draft("chooses")
    with staff_scope():
        assert profiles_to_choose() == ("antitrust", "official", "standard")
        assert choose_profile(round_.pk, "official", by=researcher).policy_profile == "official"
        round_.refresh_from_db()
        assert policy_for(round_).profile == "official"
        with pytest.raises(InvalidInput):
            choose_profile(round_.pk, "none", by=researcher)
        with pytest.raises(NotAllowed):
            choose_profile(round_.pk, "standard", by=publisher)
    opened(round_, ago=timedelta(0))
    with staff_scope(), pytest.raises(NotPossibleNow):
        choose_profile(round_.pk, "standard", by=researcher)


def test_participants_and_the_public_do_not_read_policies() -> None:
    for scope in (participant_scope(1), api_scope()):
        with scope, pytest.raises(DatabaseError), transaction.atomic():
            list(PolicyVersion.objects.all())


def test_the_printed_hash_cannot_be_found_by_trying_policies(researcher: User) -> None:
    """Everybody reads the hash and most of the rules; without the salt nobody can tell which p belongs to it."""
    with staff_scope():
        propose_policy("standard", {"p": 0.15}, note="stricter", by=researcher)
        for one in PolicyVersion.objects.all():
            assert one.content_hash == policy_hash(one.body, one.salt)
            assert one.content_hash != policy_hash(one.body, "")
            assert len(one.salt) == 32
        assert len(set(PolicyVersion.objects.values_list("salt", flat=True))) == 4


def test_staff_see_what_a_version_changes(researcher: User) -> None:
    with staff_scope():
        propose_policy(
            "official", {"min_contributors": 12, "min_contributors_signed": 12}, note="stricter", by=researcher
        )
        newest, shipped = policy_pages("official")
    assert newest.is_proposal
    assert [(one.rule, one.before, one.after) for one in newest.changes] == [
        ("min_contributors", 10, 12),
        ("min_contributors_signed", 10, 12),
    ]
    assert (newest.in_force, shipped.in_force) == (False, True)


def test_the_command_shows_proposes_and_approves(researcher: User, publisher: User) -> None:
    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("policy", *arguments, stdout=out)
        return out.getvalue()

    said = run("propose", "standard", "min_contributors=6", "--note", "advice", "--by", researcher.email)
    assert "standard 2" in said
    with pytest.raises(CommandError, match="second person"):
        _promoted_approves(researcher)
    assert "Approved standard 2" in run("approve", "standard", "2", "--by", publisher.email)
    shown = run("show", "standard")
    assert "min_contributors: 5 -> 6" in shown
    assert "in force" in shown
    with pytest.raises(CommandError, match="RULE=VALUE"):
        run("propose", "standard", "min_contributors", "--note", "x", "--by", researcher.email)


def _promoted_approves(somebody: User) -> None:
    with staff_scope():
        User.objects.filter(pk=somebody.pk).update(foundation_role=FoundationRole.PUBLISHER)
    call_command("policy", "approve", "standard", "2", "--by", somebody.email)
