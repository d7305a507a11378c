"""Going on by mail: the page that was asked for, a mail, the button behind its link, and that page.

Each `Client` is a browser; nothing here signs in but the portal's own pages.
"""

import re
import time

import pytest
from django.http import HttpResponse
from django.test import Client

from portal.models import OutboxMail, User
from portal.tenancy import staff_scope, worker_scope
from tests.surveys.answering_case import build_case
from tests.surveys.page_forms import fields_of

pytestmark = pytest.mark.django_db
HUB = "/en/my/rounds/small-2026/"
OTHER = HUB + "review/"
KNOWN, UNKNOWN = "coordinator@example.org", "xoordinator@example.org"
NOISE = re.compile(rb'value="[\w-]{64}"|value="[A-Z0-9]{4}-[A-Z0-9]{4}"|[A-Z0-9]{4}-[A-Z0-9]{4}')


@pytest.fixture(autouse=True)
def people() -> None:
    build_case()
    with staff_scope():
        User.objects.update(language="en")


def text_of(page: HttpResponse) -> str:
    return page.content.decode()


def ask(client: Client, email: str = KNOWN, wanted: str = HUB) -> str:
    """From the page that one wanted to the mail; what the mail says."""
    sign_in = client.get(wanted, follow=True)
    asking = re.search(r'href="(/en/sign-in/code/[^"]*)"', text_of(sign_in))  # type: ignore[arg-type]
    assert asking is not None
    form = fields_of(client.get(asking[1]))
    answer = client.post("/en/sign-in/code/", {**{name: one[0] for name, one in form.items()}, "email": email})
    assert answer.status_code == 302
    assert "a mail is on its way" in text_of(client.get(answer["Location"]))
    with worker_scope():
        return OutboxMail.objects.latest("pk").body


def link_in(mail: str) -> str:
    (found,) = re.findall(r"http://testserver(/\S+)", mail)
    return str(found)


def press(client: Client, page: HttpResponse) -> HttpResponse:
    """Press the one button there is in the page's own part."""
    main = text_of(page).partition("<main")[2].partition("</main>")[0]
    assert main.count("<button") == 1
    action = re.search(r'<form method="post" action="([^"]+)"', main)
    assert action is not None
    fields = {name: one[0] for name, one in fields_of(page).items() if name in ("code", "next")}
    return client.post(action[1], fields)  # type: ignore[return-value]


def test_a_mail_leads_back_to_the_page_that_was_asked_for() -> None:
    client = Client()
    link = link_in(ask(client))
    page = client.get(link)
    assert page.headers["Cache-Control"].count("no-store") == 1
    assert client.get(HUB).status_code == 302, "looking at the link signs nobody in"
    answer = press(client, page)
    assert (answer.status_code, answer["Location"]) == (302, HUB)
    assert client.get(HUB).status_code == 200
    assert client.get(link)["Location"] == HUB, "the mail stays a way to the page while one is signed in"


def test_the_link_works_once() -> None:
    client = Client()
    link = link_in(ask(client))
    press(client, client.get(link))
    client.post("/en/sign-out/")
    assert "This link does not work here" in text_of(client.get(link))


def test_another_browser_is_told_to_ask_again_there() -> None:
    asked, other = Client(), Client()
    link = link_in(ask(asked))
    page = other.get(link)
    assert "only in the browser where you asked" in text_of(page)
    assert "<form" not in text_of(page).partition("<main")[2].partition("</main>")[0]
    again = re.search(r'class="button" href="([^"]+)"', text_of(page))
    assert again is not None
    assert fields_of(other.get(again[1]))["next"] == [HUB]
    code = link.split("/")[-2]
    assert other.post("/en/sign-in/code/confirm/", {"code": code}).status_code == 302
    assert other.get(HUB).status_code == 302, "nor does the code without its browser"
    assert press(asked, asked.get(link))["Location"] == HUB


def test_the_link_is_as_old_as_its_code_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    link = link_in(ask(client))
    page = client.get(link)
    later = time.time() + 10 * 60 + 1
    monkeypatch.setattr("allauth.account.internal.flows.code_verification.time.time", lambda: later)
    assert press(client, page)["Location"] == "/en/sign-in/code/?next=%2Fen%2Fmy%2Frounds%2Fsmall-2026%2F"
    assert "This link does not work here" in text_of(client.get(link))


def test_a_link_of_an_earlier_mail_is_a_wrong_code() -> None:
    client = Client()
    ask(client)
    page = client.get("/en/sign-in/code/link/ABCD-EFGH/")
    for _attempt in range(2):
        assert "Incorrect code" in text_of(press(client, page))
    assert press(client, page)["Location"].startswith("/en/sign-in/"), "as many attempts as by hand"
    assert client.get(HUB).status_code == 302


def test_known_and_unknown_addresses_get_the_same_pages() -> None:
    seen = []
    for email in (KNOWN, UNKNOWN):
        client = Client()
        ask(client, email)
        page = client.get("/en/sign-in/code/link/ABCD-EFGH/?next=" + HUB)
        pages = (page, press(client, page))
        seen.append([(one.status_code, NOISE.sub(b"", one.content).replace(email.encode(), b"")) for one in pages])
    assert seen[0] == seen[1]


def test_no_page_of_others_is_opened() -> None:
    client = Client()
    mail = ask(client)
    client.post("/en/sign-out/")
    client.post("/en/sign-in/code/", {"email": KNOWN, "next": "https://evil.example/"})
    with worker_scope():
        mail = OutboxMail.objects.latest("pk").body
    assert "evil" not in mail
    page = client.get(link_in(mail) + "?next=//evil.example/")
    assert "evil" not in text_of(page).partition("<main")[2].partition("</main>")[0]
    assert "evil" not in press(client, page)["Location"]


def typed(client: Client, mail: str, page: HttpResponse) -> HttpResponse:
    """Type the mailed code on the page that asks for it, with what else that page posts."""
    own_form = text_of(page).partition('action="/en/sign-in/code/confirm/"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="(next)" value="([^"]*)"', own_form))
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mail, re.M)
    assert code is not None
    return client.post("/en/sign-in/code/confirm/", {**fields, "code": code[0]})  # type: ignore[return-value]


def test_a_page_asked_for_while_a_code_is_waited_for_is_where_the_code_leads() -> None:
    client = Client()
    mail = ask(client)
    page = client.get(OTHER, follow=True)
    assert "a mail is on its way" in text_of(page), "the page that takes the code, not the sign-in form"  # type: ignore[arg-type]
    assert typed(client, mail, page)["Location"] == OTHER  # type: ignore[arg-type]
    assert client.get(OTHER).status_code == 200


def test_a_page_asked_for_while_a_code_is_waited_for_is_where_the_link_leads() -> None:
    client = Client()
    mail = ask(client)
    client.get(OTHER, follow=True)
    assert press(client, client.get(link_in(mail)))["Location"] == OTHER


def test_a_code_asked_for_without_a_page_leads_to_the_one_asked_for_meanwhile() -> None:
    client = Client()
    client.post("/en/sign-in/code/", {"email": KNOWN})
    client.get(OTHER, follow=True)
    with worker_scope():
        mail = OutboxMail.objects.latest("pk").body
    plain = client.get("/en/sign-in/code/confirm/")
    assert typed(client, mail, plain)["Location"] == OTHER  # type: ignore[arg-type]


def test_no_page_of_others_is_opened_while_a_code_is_waited_for() -> None:
    for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"):
        client = Client()
        mail = ask(client)
        waiting = client.get("/en/sign-in/", {"next": evil})
        assert "evil" not in waiting["Location"]
        assert "alert" not in waiting["Location"]
        assert typed(client, mail, client.get("/en/sign-in/code/confirm/", {"next": evil}))["Location"] in (  # type: ignore[arg-type]
            "/en/",
            "/en/after-sign-in/",
        )


def test_whoever_gives_the_code_up_or_is_too_late_keeps_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    ask(client)
    page = client.get(OTHER, follow=True)
    given_up = client.post("/en/sign-out/", {"next": fields_of(page)["next"][-1]})  # type: ignore[arg-type]
    assert given_up["Location"] == f"/en/sign-in/?next={OTHER}"
    assert set(fields_of(client.get(given_up["Location"]))["next"]) == {OTHER}  # type: ignore[arg-type]
    ask(client)
    client.get(OTHER, follow=True)
    later = time.time() + 10 * 60 + 1
    monkeypatch.setattr("allauth.account.internal.flows.code_verification.time.time", lambda: later)
    again = client.get("/en/sign-in/code/confirm/", follow=True)
    assert "Sign in by mail" in text_of(again)  # type: ignore[arg-type]
    assert fields_of(again)["next"] == [OTHER]  # type: ignore[arg-type]
