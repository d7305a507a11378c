"""Questions repeated inside a theme, and a whole theme: on the page, while typing, checked, printed, as files."""

import re

import pytest
from django.test import Client

from portal.models import Membership, Organisation, User
from portal.roles import FoundationRole, MemberRole
from portal.tenancy import staff_scope
from surveys.models import QuestionnaireVersion
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import advance_round, create_round
from tests.sign_in import sign_in
from tests.surveys.fielding import staff_member
from tests.surveys.page_forms import Entries, fields_of
from tests.surveys.questionnaire.test_asking import INSIDE_TEXT

pytestmark = pytest.mark.django_db
TEXT = INSIDE_TEXT.replace("sum(fte_*) <= all_fte", "sum(fte_*) <= 12")
HUB = "/en/my/rounds/rep/"
PAGE = f"{HUB}each_site/"


@pytest.fixture
def client() -> Client:
    with staff_scope():
        mine = Organisation.objects.create(code="plein", name="Zorgplein", dimensions={"sector": "care"})
        person = User.objects.create_user("d@example.org", None, name="D")
        Membership.objects.create(organisation=mine, user=person, role=MemberRole.COORDINATOR)
        version = load_questionnaire_file(TEXT, "asking.yaml", by=None).version
        assert version is not None
        made = create_round(code="rep", title_nl="V", title_en="A", version=version, reference_period="2026", by=None)
        advance_round(made.pk, "open", by=None)
    client = Client()
    client.force_login(person)
    return client


def typed(client: Client, **answers: list[str]) -> Entries:
    """The theme as a browser would post it, with some fields typed in."""
    return fields_of(client.get(PAGE)) | {f"a-{code}": value for code, value in answers.items()}  # type: ignore[arg-type]


def asked(page: str) -> list[str]:
    """The questions that the page shows."""
    shown = re.findall(r'<div class="answer" data-question="(\w+)"[^>]*?( hidden)?>', page)
    return [code for code, hidden in shown if not hidden]


def text_of(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_copies_are_asked_as_soon_as_their_number_is_typed(client: Client) -> None:
    assert asked(client.get(PAGE).content.decode()) == ["branches", "night_fte"]
    told = client.post(f"{HUB}answers/", typed(client, branches=["2"])).json()
    assert told["due"] == ["branches", "fte_1", "night_1", "fte_2", "night_2", "night_fte"]
    page = client.get(PAGE).content.decode()
    assert asked(page) == told["due"]
    assert "S 2: FTE" in page


def test_a_check_across_the_copies_is_shown_where_it_can_be_corrected(client: Client) -> None:
    client.post(PAGE, typed(client, branches=["2"]))
    client.post(PAGE, typed(client, fte_1=["10"], fte_2=["3"]))
    page = client.get(PAGE).content.decode()
    assert 'id="q-fte_2-error"' in page
    assert 'href="#q-fte_2"' in page, "and listed at the top"
    review = text_of(client, f"{HUB}review/")
    assert f'href="{PAGE}#q-fte_2"' in review
    client.post(PAGE, typed(client, fte_2=["2"]))
    assert "q-fte_2-error" not in client.get(PAGE).content.decode()


def test_what_a_copy_holds_is_kept_and_does_not_count_when_it_is_no_longer_asked(client: Client) -> None:
    client.post(PAGE, typed(client, branches=["2"]))
    client.post(PAGE, typed(client, fte_1=["5"], fte_2=["9"]))
    client.post(PAGE, typed(client, branches=["1"]))
    assert "fte_2" not in asked(client.get(PAGE).content.decode())
    assert "q-fte_1-error" not in client.get(PAGE).content.decode()
    assert "Answered before, no longer asked: 9" in text_of(client, f"{HUB}questions/")
    client.post(PAGE, typed(client, branches=["2"]))
    assert fields_of(client.get(PAGE))["a-fte_2"] == ["9"]  # type: ignore[arg-type]


def test_in_print_copies_that_are_not_asked_stand_once(client: Client) -> None:
    page = text_of(client, f"{HUB}questions/")
    assert page.count("S 1: FTE") == 1
    assert "S 2: FTE" not in page
    assert "Repeated for: S 1, S 2, S 3" in page
    client.post(PAGE, typed(client, branches=["2"]))
    page = text_of(client, f"{HUB}questions/")
    assert page.count("S 2: FTE") == 1
    assert "S 3: FTE" not in page
    assert "Repeated for: S 1" not in page
    staff = Client()
    sign_in(staff, staff_member(FoundationRole.RESEARCHER))
    with staff_scope():
        stored = QuestionnaireVersion.objects.get()
    read = text_of(staff, f"/en/staff/questionnaires/asking/{stored.version}/")
    assert read.count("Repeated for: S 1, S 2, S 3") == 2, "at the two repeated questions"
    assert "S 2: FTE" not in read


def test_a_theme_of_which_nothing_is_asked_says_so(client: Client) -> None:
    assert "Does not apply to you" in text_of(client, HUB)
    assert "0 of 0" not in text_of(client, HUB)
    page = text_of(client, f"{HUB}each_partner/")
    assert "there is nothing to ask here" in page
    assert asked(page) == []
    base = f"{HUB}base/"
    client.post(base, fields_of(client.get(base)) | {"a-partners": ["b"]})  # type: ignore[arg-type]
    assert "Does not apply to you" not in text_of(client, HUB)
    assert asked(client.get(f"{HUB}each_partner/").content.decode()) == ["share_b"]
