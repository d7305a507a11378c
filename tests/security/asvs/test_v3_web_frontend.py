"""ASVS V3: what scripts of ours may do in a browser, and who else may ask."""

import re
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = sorted((ROOT / "portal/static/portal/js").rglob("*.js"))
MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc")
PROTOTYPES = re.compile(r"__proto__|\.prototype\b|setPrototypeOf|defineProperty")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.name))
def test_a_script_writes_text_and_no_markup_or_code(script: Path) -> None:
    assert MARKUP.findall(script.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.name))
def test_no_script_touches_what_all_objects_share(script: Path) -> None:
    assert PROTOTYPES.findall(script.read_text(encoding="utf-8")) == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/sign-in/", "/api/v1/rounds/", "/api/v1/schema/"])
def test_no_other_site_may_read_what_it_asks_for(path: str) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for answer in (Client().get(path, headers=asked), Client().options(path, headers=asked)):
        assert [name for name in answer.headers if name.lower().startswith("access-control-")] == []
