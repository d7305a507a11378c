"""ASVS V13: nothing of the machine is served, and no folder is listed."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
INSIDE = (
    "/.git/config", "/.git/HEAD", "/.env", "/manage.py", "/portal/settings.py", "/pyproject.toml", "/.venv/",
    "/Makefile", "/static/portal/../../settings.py", "/static/..%2f..%2fportal/settings.py", "/backup.sql",
    "/docs/security/keys.md",
)  # fmt: skip
FOLDERS = ("/static/", "/static/portal/", "/static/portal/js/", "/media/")


@pytest.mark.parametrize("path", [*INSIDE, *FOLDERS])
def test_no_file_of_the_machine_and_no_list_of_files_is_served(path: str) -> None:
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "DEBUG"])
@pytest.mark.parametrize("path", ["/", "/sign-in/", "/api/v1/rounds/"])
def test_no_method_echoes_a_request(path: str, method: str) -> None:
    answer = Client(raise_request_exception=False).generic(method, path, headers={"X-Secret": "kanarie-echo"})
    assert answer.status_code in (403, 404, 405)
    assert b"kanarie-echo" not in answer.content
