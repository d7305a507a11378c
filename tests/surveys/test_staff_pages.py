"""The foundation's pages: what they show, what they let whom do, and how many queries they take."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.models import Job
from portal.roles import FoundationRole
from portal.tenancy import staff_scope
from surveys.models import Round
from surveys.tasks import freeze_round
from tests.sign_in import sign_in
from tests.surveys.fielding import QUESTIONNAIRE, bring, field_round, staff_member, to_state

pytestmark = pytest.mark.django_db
PAGES = (
    "/en/staff/rounds/",
    "/en/staff/rounds/new/",
    "/en/staff/rounds/field-01/",
    "/en/staff/rounds/field-01/flags/",
    "/en/staff/questionnaires/",
    "/en/staff/questionnaires/field/1/",
    "/en/staff/organisations/",
)


def signed_in(role: FoundationRole = FoundationRole.RESEARCHER) -> Client:
    client = Client()
    sign_in(client, staff_member(role))
    return client


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, address)
    return len(captured)


def step(client: Client, action: str, **data: str) -> tuple[int, str]:
    response = client.post(f"/en/staff/rounds/field-01/step/{action}/", data)
    return response.status_code, response.get("Location", "")


def state() -> str:
    with staff_scope():
        return Round.objects.get(code="field-01").state


@pytest.mark.parametrize("address", PAGES)
def test_strangers_get_the_page_for_what_does_not_exist(address: str) -> None:
    field_round()
    assert Client().get(address).status_code == 302
    with staff_scope():
        from portal.models import User

        outsider = User.objects.create_user("outsider@example.org", "a long password")
    client = Client()
    sign_in(client, outsider)
    assert client.get(address).status_code == 404


def test_every_page_takes_as_many_queries_for_three_rows_as_for_one() -> None:
    current = field_round()
    bring(current, "month,code,calls\n2026-01,alpha,2000\n")
    client = signed_in()
    page(client, PAGES[0])  # the first request of a session notes that it is used
    one = {address: queries(client, address) for address in PAGES}
    bring(current, "month,code,calls\n2026-01,alpha,2000\n2026-01,beta,3000\n2026-01,gamma,1\n")
    for number in (2, 3):
        field_round(f"field-0{number}", f"2026-0{number}")
    with staff_scope():
        from surveys.services.questionnaires import load_questionnaire_file

        for version in ("2", "3"):
            load_questionnaire_file(QUESTIONNAIRE.replace('version: "1"', f'version: "{version}"'), "f", by=None)
    assert {address: queries(client, address) for address in PAGES} == one
    assert max(one.values()) <= 20


def test_the_life_of_a_round_in_the_browser() -> None:
    current = field_round()
    bring(current, "month,code,calls\n2026-01,alpha,2000\n2026-01,Unassigned,7\n")
    client = signed_in()
    assert "Open for answers" in page(client, "/en/staff/rounds/field-01/")
    assert step(client, "open") == (302, "/en/staff/rounds/field-01/")
    assert step(client, "close")[0] == 302
    status, _address = step(client, "freeze")
    assert (status, state()) == (200, "closed")  # it asks first
    status, address = step(client, "freeze", confirm="yes")
    with staff_scope():
        job = Job.objects.get()
    assert (status, address) == (302, f"/en/staff/jobs/{job.pk}/?next=/en/staff/rounds/field-01/")
    assert "Freezing the answers" in page(client, "/en/staff/rounds/field-01/")
    freeze_round(job.pk)
    shown = page(client, "/en/staff/rounds/field-01/")
    with staff_scope():
        assert current.editions.get().content_hash[:16] in shown
    assert "Compute the results" in shown
    assert state() == "frozen"


def test_a_step_that_is_not_possible_is_explained_and_changes_nothing() -> None:
    field_round()
    client = signed_in()
    assert step(client, "close")[0] == 302
    assert "this step is not possible now" in page(client, "/en/staff/rounds/field-01/")
    assert step(client, "fly")[0] == 404
    assert client.get("/en/staff/rounds/field-01/step/open/").status_code == 405
    assert state() == "draft"


def test_a_step_of_another_role_is_refused() -> None:
    field_round()
    client = signed_in(FoundationRole.PUBLISHER)
    assert step(client, "open")[0] == 403
    shown = page(client, "/en/staff/rounds/field-01/")
    assert "May be done by: Researcher, Administrator" in shown
    assert "/step/open/" not in shown
    assert state() == "draft"


def test_a_round_is_created_in_the_browser_and_a_wrong_period_is_explained() -> None:
    current = field_round()
    client = signed_in()
    data = {"title_nl": "Veld 2", "title_en": "Field 2", "code": "field-02", "version": current.version_id,
            "reference_period": "2026", "closes_at": ""}  # fmt: skip
    refused = client.post("/en/staff/rounds/new/", data)
    assert refused.status_code == 400
    assert "is written as 2026-01" in refused.content.decode()
    made = client.post("/en/staff/rounds/new/", data | {"reference_period": "2026-02", "closes_at": "2026-03-31T17:00"})
    assert (made.status_code, made["Location"]) == (302, "/en/staff/rounds/field-02/")
    assert "31-03-2026 17:00" in page(client, "/en/staff/rounds/field-02/")


def test_flagged_values_say_whose_and_why() -> None:
    current = field_round()
    bring(current, "month,code,calls\n2026-01,alpha,2000\n2026-01,beta,10\n")
    to_state(current, "open")
    shown = page(signed_in(), "/en/staff/rounds/field-01/flags/")
    assert "Alpha" in shown
    assert "2,000 is unusually high" in shown
    assert "Beta" not in shown


def test_a_questionnaire_is_readable_in_both_languages() -> None:
    field_round()
    client = signed_in()
    shown = page(client, "/en/staff/questionnaires/field/1/")
    for text in ("Do you outsource?", "Besteedt u uit?", "Kosten", "outsources == &#x27;yes&#x27;", "Telefoon"):
        assert text in shown
    assert client.get("/en/staff/questionnaires/field/9/").status_code == 404


def test_organisations_show_their_peer_groups_in_words() -> None:
    field_round()
    client = signed_in()
    shown = page(client, "/en/staff/organisations/?q=alpha")
    assert "Sector: Public sector" in shown
    assert "Beta" not in shown
