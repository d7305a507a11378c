"""Staff need a second factor; what is declared fresh asks who one is; other sessions end when a factor changes."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.fernet import InvalidToken
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from portal.access import staff
from portal.models import AuditEntry, OutboxMail, User
from portal.roles import ANY_STAFF, FoundationRole
from portal.second_step import FRESH_SECONDS
from portal.tenancy import staff_scope, worker_scope
from tests.sign_in import SECRET, give_factor, sign_in

pytestmark = pytest.mark.django_db
PASSWORD = "een-lang-wachtwoord"
ROUNDS = "/en/staff/rounds/"


def somebody(role: str = FoundationRole.RESEARCHER, email: str = "staff@foundation.example") -> User:
    with staff_scope():
        return User.objects.create_user(email, PASSWORD, foundation_role=role, name="Somebody", language="en")


def code(secret: str = SECRET, later: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def by_password(client: Client, email: str = "staff@foundation.example", following: str = "") -> str:
    address = "/en/sign-in/" + (f"?next={following}" if following else "")
    return client.post(address, {"login": email, "password": PASSWORD}).headers.get("Location", "")


def outbox() -> list[OutboxMail]:
    with worker_scope():
        return list(OutboxMail.objects.order_by("pk"))


def test_staff_without_a_factor_get_no_staff_page_and_are_led_to_set_one_up() -> None:
    somebody()
    client = Client()
    by_password(client)
    answer = client.get(ROUNDS)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/en/account/second-step/?next={ROUNDS.replace('/', '%2F')}",
    )
    assert client.post("/en/staff/rounds/none/step/open/")["Location"].startswith("/en/account/second-step/")
    assert "authenticator app" in client.get(answer["Location"]).content.decode()


def test_setting_up_an_app_opens_the_page_that_was_asked_for() -> None:
    user = somebody()
    client = Client()
    by_password(client)
    client.get(client.get(ROUNDS)["Location"])
    page = client.get("/en/account/security/app/").content.decode()
    secret = page.split("<code data-secret>")[1].split("<")[0]
    assert client.post("/en/account/security/app/", {"code": "000000"}).status_code == 200
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda run, *args, **kwargs: run())
        answer = client.post("/en/account/security/app/", {"code": code(secret)})
    assert answer["Location"] == "/en/account/security/codes/"
    codes = client.get(answer["Location"]).content.decode()
    assert codes.count("data-recovery-code") == 10
    assert client.get(reverse("second_step"))["Location"] == ROUNDS
    assert client.get(ROUNDS).status_code == 200
    stored = Authenticator.objects.get(user=user, type="totp")
    assert secret not in str(stored.data)
    assert [one.to for one in outbox()] == [user.email]
    with staff_scope():
        assert AuditEntry.objects.filter(action="sign_in.factor_added", actor=user).exists()


def test_sign_in_asks_for_the_code_and_takes_it_once() -> None:
    give_factor(somebody())
    client = Client()
    assert by_password(client, following=ROUNDS) == "/en/sign-in/second-step/"
    assert client.get(ROUNDS).status_code == 302
    assert client.post("/en/sign-in/second-step/", {"code": "123456"}).status_code == 200
    now = code()
    assert client.post("/en/sign-in/second-step/", {"code": now})["Location"] == ROUNDS
    assert client.get(ROUNDS).status_code == 200
    with staff_scope():
        assert AuditEntry.objects.get(action="sign_in.done").detail["proofs"] == ["password", "totp"]
    again = Client()
    by_password(again)
    assert again.post("/en/sign-in/second-step/", {"code": now}).status_code == 200
    assert again.get(ROUNDS).status_code == 302


def test_a_factor_that_is_taken_away_closes_staff_pages_at_once() -> None:
    user = somebody()
    client = Client()
    sign_in(client, user)
    assert client.get(ROUNDS).status_code == 200
    Authenticator.objects.filter(user=user).delete()
    assert client.get(ROUNDS)["Location"].startswith("/en/account/second-step/")


def test_a_proof_that_is_too_old_is_asked_for_again_and_leads_back(rf: Any) -> None:
    from portal.access import access_of
    from portal.active import Actor
    from portal.middleware import refuse

    @staff(ANY_STAFF, fresh=True)
    def secret_page(request: Any) -> None: ...

    user = somebody()
    access = access_of(secret_page)
    assert access is not None
    for age, refused in ((FRESH_SECONDS - 30, False), (FRESH_SECONDS + 30, True)):
        client = Client()
        sign_in(client, user, proven_at=time.time() - age)
        request = rf.post("/en/staff/thing/", headers={"Referer": "http://testserver/en/staff/rounds/?page=2"})
        request.user, request.session = user, client.session
        request._messages = type("Box", (), {"add": lambda *args: None})()
        answer = refuse(request, access, Actor(user=user, foundation_role=user.foundation_role))
        assert (answer is not None) is refused
    assert answer is not None
    assert answer["Location"] == reverse("account_reauthenticate") + "?next=%2Fen%2Fstaff%2Frounds%2F%3Fpage%3D2"


def test_changing_the_password_ends_the_other_sessions_and_says_so_by_mail() -> None:
    user = somebody()
    here, there = Client(), Client()
    for client in (here, there):
        sign_in(client, user)
    answer = here.post(
        "/en/password/change/",
        {"oldpassword": PASSWORD, "password1": "nog-een-lang-wachtwoord", "password2": "nog-een-lang-wachtwoord"},
    )
    assert answer.status_code == 302
    assert here.get(ROUNDS).status_code == 200
    assert there.get(ROUNDS)["Location"].startswith("/en/sign-in/")
    assert [(one.to, one.subject) for one in outbox()] == [(user.email, "Your password has changed")]


def test_removing_a_factor_ends_the_other_sessions() -> None:
    user = somebody("")
    here, there = Client(), Client()
    give_factor(user)
    for client in (here, there):
        sign_in(client, user)
    assert here.post("/en/account/security/app/remove/").status_code == 302
    assert here.get("/en/account/security/").status_code == 200
    assert there.get("/en/account/security/")["Location"].startswith("/en/sign-in/")
    assert "removed" in outbox()[-1].subject


def test_a_session_ends_after_an_hour_unused_and_after_twelve_hours(settings: Any) -> None:
    user = somebody()
    for key, age, ended in (
        ("session_seen", 3500, False),
        ("session_seen", 3700, True),
        ("session_began", 12 * 3600 - 60, False),
        ("session_began", 12 * 3600 + 60, True),
    ):
        client = Client()
        sign_in(client, user)
        client.get(ROUNDS)
        session = client.session
        session[key] = time.time() - age
        session.save()
        assert (client.get(ROUNDS).status_code == 302) is ended, (key, age)
        assert ("_auth_user_id" not in client.session) is ended


def test_staff_sign_in_by_mailed_code_still_need_the_second_step() -> None:
    give_factor(somebody())
    client = Client()
    client.post("/en/sign-in/code/", {"email": "staff@foundation.example"})
    (sent,) = outbox()
    assert sent.is_secret
    mailed = next(line for line in sent.body.splitlines() if re.fullmatch("[A-Z0-9]{4}-[A-Z0-9]{4}", line.strip()))
    assert client.post("/en/sign-in/code/confirm/", {"code": mailed})["Location"] == "/en/sign-in/second-step/"
    assert client.get(ROUNDS).status_code == 302
    assert mail.outbox == []


def test_factors_of_before_another_key_go_on_and_are_encrypted_anew(settings: Any) -> None:
    user = somebody()
    give_factor(user)
    data = {"seed": get_adapter().encrypt("seed"), "used_mask": 0}
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data=data)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key" * 5
    call_command("encrypt_factors")
    settings.SECRET_KEY_FALLBACKS = []
    held = {one.type: one.data for one in Authenticator.objects.filter(user=user)}
    assert get_adapter().decrypt(held["totp"]["secret"]) == SECRET
    assert get_adapter().decrypt(held["recovery_codes"]["seed"]) == "seed"
    assert held["recovery_codes"]["used_mask"] == 0
    settings.SECRET_KEY = "a key that was never known" * 2
    with pytest.raises(InvalidToken):
        call_command("encrypt_factors")
