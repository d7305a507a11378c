"""Headers, hosts and redirects: as production sends them (in a process of its own), and as every page sends them."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from portal.services.people import create_user
from portal.tenancy import staff_scope

HERE = Path(__file__).resolve().parents[2]
ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "https:evil.example", "/\t/evil.example", "http:///evil.example", "https://testserver@evil.example/",
)  # fmt: skip


def production(*command: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the settings of production, on the test's database."""
    login = connection.settings_dict
    place = f"{login['HOST'].replace('/', '%2F')}:{login['PORT'] or 5432}/{login['NAME']}"
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ} | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PYTHONPATH": str(HERE),
        "SECRET_KEY": "Zk3vX9q81mfkjh2348hkjsdf98y23hrkjnsdf98y234hkjsdf87y23hrjnk",
        "DATABASE_URL": f"postgres://{login['USER']}:{login['PASSWORD']}@{place}",
        "DATABASE_OWNER_URL": f"postgres://{login['USER']}:{login['PASSWORD']}@{place}",
        "PORTAL_ROLE_PREFIX": settings.PORTAL_ROLE_PREFIX,
        "ALLOWED_HOSTS": "portal.example.org",
        "PORTAL_DATA_DIR": str(settings.PORTAL_DATA_DIR),
        "STATIC_ROOT": str(HERE / "portal" / "static"),
        "EMAIL_HOST": "mail.example.org",
        "DEFAULT_FROM_EMAIL": "Benchmark <benchmark@example.org>",
        "SECURITY_CONTACT": "mailto:security@portal.example.org",
        "LOG_LEVEL": "CRITICAL",
    }
    command = (sys.executable, *command)
    return subprocess.run(command, env=environment, cwd=HERE, capture_output=True, text=True, check=False)


def test_production_settings_pass_every_check_of_a_deployment(django_db_setup: None) -> None:
    """Django's own checks for a deployment, and ours on the database as the login role."""
    ended = production("manage.py", "check", "--deploy", "--fail-level", "WARNING", "--database", "default")
    assert ended.returncode == 0, ended.stderr
    assert "no issues (0 silenced)" in ended.stdout


@pytest.fixture(scope="module")
def answers(django_db_setup: None) -> dict[str, Any]:
    """What production answers."""
    ended = production("tests/portal/production_answers.py")
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout))


def test_production_speaks_over_tls_only_and_says_so(answers: dict[str, Any]) -> None:
    found = answers["answers"]
    plain = found["/.well-known/security.txt portal.example.org http"]
    assert plain["status"] == 301
    assert plain["headers"]["Location"].startswith("https://portal.example.org/")
    secure = found["/.well-known/security.txt portal.example.org https"]
    assert secure["headers"]["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert secure["headers"]["X-Content-Type-Options"] == "nosniff"
    assert secure["headers"]["X-Frame-Options"] == "DENY"
    assert secure["headers"]["Referrer-Policy"] == "same-origin"
    assert secure["headers"]["Cross-Origin-Opener-Policy"] == "same-origin"


def test_programs_without_tls_are_refused_and_people_are_led_on(answers: dict[str, Any]) -> None:
    found = answers["answers"]
    programs, people = (found[f"/api/v1/{part}/ portal.example.org http"] for part in ("rounds", "docs"))
    assert (programs["status"], "Location" in programs["headers"]) == (403, False)
    assert (people["status"], people["headers"]["Location"]) == (301, "https://portal.example.org/api/v1/docs/")


def test_a_host_that_is_not_ours_gets_nothing(answers: dict[str, Any]) -> None:
    foreign = {key: one for key, one in answers["answers"].items() if "evil" in key}
    assert foreign
    for key, one in foreign.items():
        assert one["status"] == 400 or key.startswith("/health/"), key
        assert "evil.example" not in json.dumps(one), key


def test_cookies_of_production_belong_to_this_host_over_tls(answers: dict[str, Any]) -> None:
    cookies = answers["cookies"]
    assert set(cookies) == {"__Host-sessionid", "__Host-csrftoken"}
    for text in cookies.values():
        assert "Secure" in text
        assert "Path=/" in text
        assert "SameSite=Lax" in text
        assert "Domain" not in text
    assert "HttpOnly" in cookies["__Host-sessionid"]


def test_security_txt_names_a_contact_and_is_valid_for_months(answers: dict[str, Any]) -> None:
    answer = answers["answers"]["/.well-known/security.txt portal.example.org https"]
    assert answer["headers"]["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer["body"].splitlines())
    assert fields["Contact"] == "mailto:security@portal.example.org"
    assert fields["Canonical"] == "https://portal.example.org/.well-known/security.txt"
    expires = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)


def test_the_content_policy_allows_nothing_inline(client: Client) -> None:
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in client.get("/.well-known/security.txt").headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    for name in ("script-src", "style-src", "connect-src", "form-action", "font-src"):
        assert policy[name] == "'self'", name
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert not re.search(r"unsafe|\*|http:", " ".join(policy.values()))


def leads_away(location: str) -> bool:
    """Whether a browser that follows this would leave us; browsers take `\\` for `/` and skip tabs."""
    read = re.sub(r"[\t\r\n]", "", location).replace("\\", "/").strip()
    parts = urlsplit(read)
    return bool(parts.scheme or parts.netloc) and parts.netloc != "testserver"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_targets_that_lead_away_are_recognised(target: str) -> None:
    assert leads_away(target)
    assert not leads_away("/my/rounds/")


@pytest.mark.django_db
def test_signing_in_and_out_sends_nobody_elsewhere(client: Client) -> None:
    word = "long enough for once 7"
    with staff_scope():
        create_user(email="ann@world.invalid", name="Ann", password=word, by=None)
    for target in ELSEWHERE:
        given = {"login": "ann@world.invalid", "password": word, "next": target}
        entered = client.post(f"/sign-in/?{urlencode({'next': target})}", given)
        assert entered.status_code == 302
        left = client.post(f"/sign-out/?{urlencode({'next': target})}", {"next": target})
        assert left.status_code == 302
        assert [one for one in (entered, left) if leads_away(one.headers["Location"])] == [], target


@pytest.mark.django_db
def test_signing_out_clears_the_browser_but_not_what_others_typed_there(client: Client) -> None:
    with staff_scope():
        ann = create_user(email="ann@world.invalid", name="Ann", by=None)
    assert "Clear-Site-Data" not in client.post("/sign-out/").headers, "nobody was signed in"
    for others, clears in (("", '"storage"'), ("yes", None)):
        client.force_login(ann)
        page = client.get("/sign-out/")
        assert "Clear-Site-Data" not in page.headers
        asked = re.findall(rb'name="others"[^>]*', page.content)
        assert len(asked) == 2, "in the menu and on the page"
        assert all(b'value="yes"' in one for one in asked), "what no script has looked at stays"
        assert client.post("/sign-out/", {"others": others}).headers.get("Clear-Site-Data") == clears


@pytest.mark.django_db
def test_who_cannot_confirm_who_they_are_leaves_nothing_in_a_cache() -> None:
    """Without a password or factor, confirming is signing in again; the answer to that is still private."""
    with staff_scope():
        person = create_user(email="nobody@example.org", name="Nobody", by=None)
    client = Client()
    client.force_login(person)
    answer = client.post("/en/account/security/data/")
    assert answer.headers["Location"].startswith("/en/sign-in/")
    assert answer.headers["Cache-Control"] == "private, no-store"
