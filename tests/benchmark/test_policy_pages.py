"""The pages on which staff read, propose and approve the rules of protection."""

import html
import re

import pytest
from django.test import Client
from django.utils import translation

from benchmark.forms.policy import PolicyForm
from benchmark.forms.policy_rules import RULES
from benchmark.models import PolicyVersion
from benchmark.services.policies import approve_policy, propose_policy
from benchmark.stats.disclosure.policy import Policy
from portal.models import User
from portal.roles import FoundationRole
from portal.tenancy import staff_scope
from tests.benchmark.frozen import person
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db
LIST, PROPOSE = "/en/staff/policies/", "/en/staff/policies/standard/propose/"


@pytest.fixture
def researcher() -> User:
    return person(FoundationRole.RESEARCHER, "ruth")


@pytest.fixture
def publisher() -> User:
    return person(FoundationRole.PUBLISHER, "paul")


def browser(user: User) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def text(answer: object) -> str:
    content = answer.content.decode()  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", html.unescape(content).replace("\u00a0", " "))


def typed(language: str = "en", **changes: str) -> dict[str, str]:
    """What a browser sends when only these inputs were changed."""
    rules = Policy().to_dict()
    return {rule.field: rule.typed(rule.value(rules), language) for rule in RULES.values()} | changes


def versions() -> list[tuple[str, int]]:
    with staff_scope():
        return list(PolicyVersion.objects.order_by("profile", "version").values_list("profile", "version"))


def test_every_rule_of_the_policy_is_in_the_form_and_comes_back_as_it_is() -> None:
    rules = Policy().to_dict()
    named = {rule.name.partition(".")[0] for rule in RULES.values()}
    assert named == set(rules) - {"profile", "version"}
    for language in ("en", "nl"):
        with translation.override(language):
            form = PolicyForm(rules, typed(language, note="why"))
            assert form.is_valid(), form.errors
            assert form.changes() == {}


def test_the_list_tells_what_is_in_force(researcher: User) -> None:
    page = text(browser(researcher).get(LIST))
    for wanted in ("standard", "official", "antitrust", "In force", "with the software", "Propose a change"):
        assert wanted in page
    one = text(browser(researcher).get(f"{LIST}standard/1/"))
    assert "It works forward only" in one
    assert "Uncertainty of every value (not published)" in one
    assert "Came with the software." in one
    assert browser(researcher).get(f"{LIST}standard/9/").status_code == 404


def test_a_proposal_is_typed_in_dutch_and_approved_by_somebody_else(researcher: User, publisher: User) -> None:
    data = typed("nl", min_contributors="6", largest_share="42,5", quantile_minima_p50="11", note="Op advies.")
    answer = browser(researcher).post("/staff/policies/standard/propose/", data)
    assert answer.status_code == 302
    with staff_scope():
        made = PolicyVersion.objects.get(profile="standard", version=2)
    assert (made.body["min_contributors"], made.body["largest_share"]) == (6, 0.425)
    assert made.body["quantile_minima"] == {"p10": 37, "p25": 15, "p50": 11, "p75": 15, "p90": 37}
    assert (made.note, made.proposed_by) == ("Op advies.", researcher)
    page = text(browser(publisher).get(f"{LIST}standard/2/"))
    assert "Largest share of one organisation" in page
    assert re.search(r"50 %</td>.*42\.5 %</td>", page)
    assert "Op advies." in page
    assert "Approve this change" in page
    assert browser(publisher).post(f"{LIST}standard/2/approve/").status_code == 302
    assert "Approved by" in text(browser(researcher).get(f"{LIST}standard/2/"))
    with staff_scope():
        made.refresh_from_db()
    assert made.approved_by == publisher


def test_nobody_approves_an_own_proposal(publisher: User) -> None:
    with staff_scope():
        propose_policy("standard", {"min_contributors": 6}, note="why", by=publisher)
    page = text(browser(publisher).get(f"{LIST}standard/2/"))
    assert "You proposed this yourself" in page
    assert "Approve this change" not in page
    client = browser(publisher)
    answer = client.post(f"{LIST}standard/2/approve/", follow=True)
    assert "A second person has to approve it." in text(answer)
    with staff_scope():
        assert PolicyVersion.objects.get(profile="standard", version=2).approved_at is None


def test_who_may_not_publish_is_refused(researcher: User) -> None:
    with staff_scope():
        propose_policy("standard", {"min_contributors": 6}, note="why", by=person(FoundationRole.PUBLISHER, "petra"))
    assert "Approve this change" not in text(browser(researcher).get(f"{LIST}standard/2/"))
    assert browser(researcher).post(f"{LIST}standard/2/approve/").status_code == 403


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"min_contributors": "veel"}, "min_contributors", "Dit is geen getal."),
        ({"min_contributors": "2"}, "min_contributors", "Schrijf een getal van 3 tot 1000."),
        ({"min_contributors": "5,5"}, "min_contributors", "Schrijf een heel getal."),
        ({"p": "0"}, "p", "Schrijf een getal van 0,1 tot 99,9."),
        ({"p_sensitive": "5"}, "p_sensitive", "Dit mag niet minder zijn dan"),
        ({"min_contributors_signed": "4"}, "min_contributors_signed", "Dit mag niet minder zijn dan"),
        ({"coalition": "4", "coalition_large": "4"}, "coalition", "Dat zijn er bijna allemaal"),
        ({"share_bases": "5, 2"}, "share_bases", "Schrijf hele getallen van klein naar groot"),
        ({"note": ""}, "note", "Vul dit veld in."),
    ],
)
def test_an_error_is_said_at_its_field_in_dutch_and_nothing_is_lost(
    researcher: User, changes: dict[str, str], field: str, said: str
) -> None:
    data = typed("nl", note="Mijn reden", digits="4") | changes
    answer = browser(researcher).post("/staff/policies/standard/propose/", data)
    page = text(answer)
    assert answer.status_code == 422
    assert said in page
    assert f'href="#id_{field}"' in page
    assert re.search(r'name="digits" value="4"', page)
    if field != "note":
        assert "Mijn reden" in page
        assert f'value="{data[field]}"' in page
    assert ("standard", 2) not in versions()


def test_a_proposal_that_changes_nothing_is_refused(researcher: User) -> None:
    answer = browser(researcher).post(PROPOSE, typed(note="why"))
    assert "These are the rules as they are now." in text(answer)
    assert ("standard", 2) not in versions()


def test_two_versions_are_compared_and_strangers_see_nothing(researcher: User, publisher: User) -> None:
    with staff_scope():
        for number in (6, 7):
            made = propose_policy("standard", {"min_contributors": number}, note=f"{number}", by=researcher)
            approve_policy(made.pk, by=publisher)
    last = text(browser(researcher).get(f"{LIST}standard/3/"))
    assert "What changes against version 2" in last
    first = text(browser(researcher).get(f"{LIST}standard/3/?against=1"))
    assert "What changes against version 1" in first
    assert re.search(r'data-label="Before">5</td>.*data-label="After">7</td>', first)
    assert browser(researcher).get(f"{LIST}standard/3/?against=77").status_code == 200
    with staff_scope():
        somebody = User.objects.create_user("somebody@example.org", "x" * 12)
    assert browser(somebody).get(LIST).status_code == 404
    assert Client().get(LIST).status_code == 302
