"""The page on which staff review a release: everything that will be shown, why the rest is not, and who may go on."""

import re

import pytest
from django.test import Client

from benchmark.services.releasing import publish_release, review_release
from portal.models import User
from portal.roles import FoundationRole
from portal.tenancy import staff_scope
from surveys.models import Round
from tests.benchmark.frozen import computed, person, small_round
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db
PAGE = "/en/staff/rounds/small-2025/editions/1/"


@pytest.fixture
def round_() -> Round:
    return computed(small_round())


@pytest.fixture
def researcher() -> User:
    return person(FoundationRole.RESEARCHER, "ruth")


@pytest.fixture
def publisher() -> User:
    return person(FoundationRole.PUBLISHER, "paul")


def page(user: User | None, url: str = PAGE) -> str:
    """The page as this person sees it, with the status in front."""
    client = Client()
    if user is not None:
        sign_in(client, user)
    answer = client.get(url)
    return f"{answer.status_code} " + re.sub(r"\s+", " ", answer.content.decode())


def buttons(text: str) -> list[str]:
    return re.findall(r'step/(\w+)/"', text)


def test_the_reviewer_sees_figures_reasons_and_what_is_odd(round_: Round, researcher: User) -> None:
    text = page(researcher)
    assert text.startswith("200")
    assert "Handle time" in text
    assert "ratio of sums" in text
    assert "Ours; " in text
    assert re.search(r"\d+ × Too few organisations in this group for this percentile\.", text)
    assert "1 organisation has a denominator of zero and no value." in text
    assert "1 organisation lies outside the range of this indicator and counts all the same." in text
    assert "Standard, version 1" in text
    with staff_scope():
        assert round_.releases.get().content_hash in text


def test_every_cell_of_an_indicator_is_there_with_its_reason(round_: Round, researcher: User) -> None:
    text = page(researcher, f"{PAGE}aht/")
    assert text.startswith("200")
    assert "Sector: Public sector, Size: large" in text
    assert "Median" in text
    assert "Too few organisations in this group for this percentile." in text
    assert page(researcher, f"{PAGE}nothing/").startswith("404")


def test_the_page_speaks_dutch(round_: Round, researcher: User) -> None:
    text = page(researcher, PAGE.removeprefix("/en"))
    assert "Afhandeltijd" in text
    assert "Te weinig organisaties in deze groep voor dit percentiel." in text


def test_buttons_are_for_those_who_may_press_them(round_: Round, researcher: User, publisher: User) -> None:
    assert buttons(page(researcher)) == ["review"]
    assert buttons(page(publisher)) == []
    with staff_scope():
        review_release(round_.pk, by=researcher)
    assert buttons(page(researcher)) == []
    assert "You reviewed these results." in page(researcher)
    assert buttons(page(publisher)) == ["publish"]
    with staff_scope():
        publish_release(round_.pk, by=publisher)
    assert buttons(page(publisher)) == []
    assert "never change" in page(publisher)


def test_the_button_publishes(round_: Round, researcher: User, publisher: User) -> None:
    for user, action in ((researcher, "review"), (publisher, "publish")):
        client = Client()
        sign_in(client, user)
        answer = client.post(f"/en/staff/rounds/small-2025/step/{action}/", {"confirm": "yes", "next": PAGE})
        assert answer.status_code == 302
    with staff_scope():
        assert Round.objects.get(pk=round_.pk).state == Round.State.PUBLISHED


def test_strangers_find_nothing(round_: Round) -> None:
    with staff_scope():
        somebody = User.objects.create_user("somebody@example.org", "x" * 12)
    assert page(somebody).startswith("404")
    assert page(None).startswith("302")
    assert page(person(FoundationRole.RESEARCHER, "rob"), PAGE.replace("/1/", "/2/")).startswith("404")
