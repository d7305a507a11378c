"""Everybody in the list: all that the filters of the board give, made on the server, confirmed with its number."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from portal.models import AuditEntry, Membership, Organisation, OutboxMail, User
from portal.tenancy import staff_scope
from surveys.models import Review, Submission, Withdrawal
from surveys.services.organisations import OrganisationRow, save_organisations
from surveys.views import staff_many
from tests.surveys.page_forms import fields_of
from tests.surveys.validating_case import ValidatingCase, validating_case

pytestmark = pytest.mark.django_db
ROUND = "/en/staff/rounds/small-2026"
ASSIGN, MAIL = f"{ROUND}/response/assign/", f"{ROUND}/mail/?kind=reminder&list=1"
MANY = 30  # more than a page of the board shows


@pytest.fixture
def case() -> ValidatingCase:
    """Thirty more organisations with a coordinator; of these one submitted, one began and one withdrew."""
    made = validating_case()
    with staff_scope():
        save_organisations([OrganisationRow(f"many-{i:02}", f"Veel {i}", "", {}) for i in range(MANY)], by=None)
        rows = list(Organisation.objects.filter(code__startswith="many-").order_by("code"))
        people = [User.objects.create_user(f"{one.code}@example.org", None, name=one.name) for one in rows]
        Membership.objects.bulk_create(
            Membership(organisation=one, user=user, role="coordinator") for one, user in zip(rows, people, strict=True)
        )
        Submission.objects.create(
            organisation=rows[0], round=made.case.open, state="submitted", submitted_at=timezone.now()
        )
        Submission.objects.create(organisation=rows[1], round=made.case.open)
        Withdrawal.objects.create(organisation=rows[2], round=made.case.open)
        OutboxMail.objects.all().delete()
    return made


def mails() -> set[str]:
    with staff_scope():
        sent = list(OutboxMail.objects.values_list("to", flat=True))
    assert len(sent) == len(set(sent))  # nobody twice
    return set(sent)


def write(client: Client, address: str, **other: str) -> str:
    """Post the page as it comes, with `other`, and give the page that follows."""
    fields = fields_of(client.get(address))  # type: ignore[arg-type]
    texts = {f"{part}_{language}": "{organisation}" for part in ("subject", "body") for language in ("nl", "en")}
    return client.post(address, {**fields, **texts, **other}, follow=True).content.decode()


def test_the_board_offers_everybody_in_its_list_over_all_pages(case: ValidatingCase) -> None:
    shown = case.staff().get(f"{ROUND}/response/?q=veel&page=2").content.decode()
    assert "Write to everybody in this list who has not submitted: 28" in shown
    assert "kind=reminder&amp;list=1&amp;q=veel" in shown
    assert "everybody in this list who has begun, on all pages: 2" in shown
    assert "Write to everybody" not in case.staff(case.publisher).get(f"{ROUND}/response/?q=veel").content.decode()


def test_everybody_in_the_list_is_written_to_once(case: ValidatingCase) -> None:
    client, address = case.staff(), f"{MAIL}&q=veel"
    asked = write(client, address, to="list")
    assert asked.count("data-error-summary") == 1
    assert "Confirm to how many organisations you write." in asked
    assert mails() == set()
    for told in ("28 mails are on their way", "Passed over, written to within the last hour: 28"):
        assert told in write(client, address, to="list", confirmed="28")
        assert mails() == {f"many-{i:02}@example.org" for i in range(MANY) if i not in (0, 2)}
    assert "28" in re.findall(r"Invited.*?(\d+)", client.get(f"{ROUND}/response/").content.decode(), re.S)
    assert "No organisation fits" in client.get(f"{ROUND}/response/?q=veel&show=not_invited").content.decode()
    with staff_scope():
        noted = AuditEntry.objects.filter(action="round.mailed").order_by("pk").values_list("detail", flat=True)
        assert [one["mails"] for one in noted] == [28, 0]


def test_the_list_is_made_on_the_server_whatever_a_browser_sends(case: ValidatingCase) -> None:
    client = case.staff()
    with staff_scope():
        other = case.case.other.pk
    told = write(client, f"{MAIL}&show=started&q=veel", to="list", confirmed="1", organisation=str(other), q="")
    assert "1 mail is on its way" in told
    assert mails() == {"many-01@example.org"}


def test_a_list_that_changed_since_is_asked_again(case: ValidatingCase) -> None:
    client, address = case.staff(), f"{MAIL}&show=not_started&q=veel"
    assert "Yes, write to 27 organisations" in client.get(address).content.decode()
    with staff_scope():
        found = Organisation.objects.get(code="many-05")
        Submission.objects.create(organisation=found, round=case.case.open)
    again = write(client, address, to="list", confirmed="27")
    assert "The list has changed since you looked" in again
    assert "Yes, write to 26 organisations" in again
    assert mails() == set()


def test_without_a_list_nobody_can_be_written_to_as_one(case: ValidatingCase) -> None:
    told = write(case.staff(), f"{ROUND}/mail/?kind=reminder", to="list", confirmed="30")
    assert "Select a valid choice" in told
    assert mails() == set()
    assert case.staff(case.publisher).post(f"{MAIL}&q=veel", {"to": "list"}).status_code == 403


def test_everybody_in_the_list_gets_a_validator_after_a_confirmation(case: ValidatingCase) -> None:
    client, address = case.staff(), f"{ASSIGN}?q=veel"
    post = {"whom": "list", "validator": str(case.researcher.pk), "organisation": str(case.case.mine.pk)}
    asked = client.post(address, post)
    assert "Give 2 submissions to: Researcher" in asked.content.decode()
    with staff_scope():
        assert not Review.objects.exclude(validator=None).exists()
        Submission.objects.create(organisation=Organisation.objects.get(code="many-07"), round=case.case.open)
    again = client.post(address, fields_of(asked))  # type: ignore[arg-type]
    assert "The list has changed since you looked" in again.content.decode()
    fields = fields_of(again)  # type: ignore[arg-type]
    for told in ("3 submissions have another validator now", "0 submissions have another validator now"):
        answer = client.post(address, fields, follow=True)
        assert told in re.sub(r"\s+", " ", answer.content.decode())
    with staff_scope():
        given = Review.objects.filter(validator=case.researcher).values_list("organisation__code", flat=True)
        assert set(given) == {"many-00", "many-01", "many-07"}


def test_a_list_that_is_too_long_is_to_be_narrowed(case: ValidatingCase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff_many, "MOST_LISTED", 1)
    post = {"whom": "list", "validator": "nobody", "confirmed": "2"}
    assert "narrow the list first" in case.staff().post(f"{ASSIGN}?q=veel", post, follow=True).content.decode()
