"""API keys: for one organisation, with scopes, expiring, revoked at once, seen by their own organisation only."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import path

from portal.access import by_key
from portal.api_access import key_of
from portal.errors import InvalidInput, NotPossibleNow
from portal.models import ApiKey, AuditEntry, Organisation
from portal.services import api_keys
from portal.services.api_keys import issue_api_key, revoke_api_key, verify_api_key
from portal.tenancy import participant_scope, staff_scope, worker_scope

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
Scope = ApiKey.Scope


@by_key(Scope.UPLOAD)
def sending(request: HttpRequest) -> JsonResponse:
    """Tells what the caller can see of organisations."""
    seen = list(Organisation.objects.values_list("code", flat=True))
    return JsonResponse({"key": key_of(request).prefix, "seen": seen})


urlpatterns = [path("sending/", sending)]


@pytest.fixture
def two() -> tuple[Organisation, Organisation]:
    with staff_scope():
        made = [Organisation.objects.create(code=code, name=f"Organisation {code}") for code in ("a", "b")]
    return made[0], made[1]


def issue(organisation: Organisation | None, *scopes: Scope) -> tuple[ApiKey, str]:
    with staff_scope():
        return issue_api_key("machine", days=30, by=None, organisation=organisation, scopes=scopes)


def send(text: str | None) -> tuple[int, dict[str, object]]:
    headers = {} if text is None else {"Authorization": f"Api-Key {text}"}
    answer = Client(enforce_csrf_checks=True).post("/sending/", headers=headers)
    return answer.status_code, answer.json()


def test_a_key_acts_for_its_own_organisation_and_sees_nothing_else(two: tuple[Organisation, Organisation]) -> None:
    for organisation in two:
        key, text = issue(organisation, Scope.UPLOAD)
        assert send(text) == (200, {"key": key.prefix, "seen": [organisation.code]})


def test_a_key_without_the_scope_or_no_key_is_refused(two: tuple[Organisation, Organisation]) -> None:
    _key, reading = issue(two[0], Scope.READ)
    _key, nobodys = issue(None, Scope.READ)
    assert [send(text)[0] for text in (reading, nobodys, None, "wrong", "")] == [403, 403, 401, 401, 401]


def test_a_revoked_or_expired_key_ends_at_once(two: tuple[Organisation, Organisation]) -> None:
    (revoked, first), (expired, second) = issue(two[0], Scope.UPLOAD), issue(two[0], Scope.UPLOAD)
    assert [send(text)[0] for text in (first, second)] == [200, 200]
    with staff_scope():
        revoke_api_key(revoked, by=None)
        revoke_api_key(revoked, by=None)
        ApiKey.objects.filter(pk=expired.pk).update(expires_at=Now())
        assert AuditEntry.objects.filter(action="api_key.revoked").count() == 1
    assert [send(text)[0] for text in (first, second)] == [401, 401]


def test_a_key_that_only_sends_cannot_read_for_its_owner(two: tuple[Organisation, Organisation]) -> None:
    key, _text = issue(two[0], Scope.UPLOAD)
    assert (key.may(Scope.UPLOAD), key.may(Scope.READ)) == (True, False)


def test_a_key_that_sends_answers_belongs_to_an_organisation(two: tuple[Organisation, Organisation]) -> None:
    with staff_scope():
        with pytest.raises(InvalidInput):
            issue_api_key("machine", days=30, by=None, scopes=[Scope.UPLOAD])
        key, _text = issue_api_key("machine", days=30, by=None, organisation=two[0], scopes=[Scope.UPLOAD])
        for change in ({"organisation": None}, {"scopes": ["everything"]}):
            with pytest.raises(IntegrityError), transaction.atomic():
                ApiKey.objects.filter(pk=key.pk).update(**change)


@pytest.mark.parametrize("days", [0, -1, 401])
def test_a_key_lives_between_a_day_and_a_year(days: int) -> None:
    with staff_scope(), pytest.raises(InvalidInput):
        issue_api_key("machine", days=days, by=None)


def test_an_organisation_has_a_bounded_number_of_keys(
    two: tuple[Organisation, Organisation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "MOST_LIVE_KEYS", 2)
    first, _text = issue(two[0], Scope.READ)
    issue(two[0], Scope.READ)
    with pytest.raises(NotPossibleNow):
        issue(two[0], Scope.READ)
    issue(two[1], Scope.READ)
    with staff_scope():
        revoke_api_key(first, by=None)
    issue(two[0], Scope.READ)


def test_participants_see_and_end_their_own_keys_only(two: tuple[Organisation, Organisation]) -> None:
    (own, _text), (foreign, _text2), (nobodys, _text3) = (
        issue(two[0], Scope.READ), issue(two[1], Scope.READ), issue(None, Scope.READ)
    )  # fmt: skip
    with participant_scope(two[0].pk):
        assert list(ApiKey.objects.all()) == [own]
        assert ApiKey.objects.filter(pk__in=[foreign.pk, nobodys.pk]).update(revoked_at=Now()) == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            issue_api_key("machine", days=1, by=None, organisation=two[1])
        issue_api_key("machine", days=1, by=None, organisation=two[0])


def test_the_login_role_cannot_read_keys(two: tuple[Organisation, Organisation]) -> None:
    issue(two[0], Scope.READ)
    with pytest.raises(DatabaseError), transaction.atomic():
        list(ApiKey.objects.all())


def test_the_first_use_of_a_key_is_in_the_audit_trail_once(two: tuple[Organisation, Organisation]) -> None:
    key, text = issue(two[0], Scope.READ)
    with worker_scope():
        assert verify_api_key(text) == key
        assert verify_api_key(text) == key
        entries = AuditEntry.objects.filter(action="api_key.first_used")
        assert [(one.organisation_id, one.detail) for one in entries] == [(two[0].pk, {"prefix": key.prefix})]
