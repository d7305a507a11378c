"""Logs and error reports: a request can be followed, and nothing that a person typed or is called by is in them."""

import gzip
import io
import json
import logging
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from portal.logs import JsonFormatter, request_id
from portal.models import User
from tests.world import World, canaries_in

pytestmark = pytest.mark.django_db
UNPACK = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}
SECRETS = ("coordinator-b@world.invalid", "4711.13", "Geheime Naam")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a production process writes."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield text
    root.removeHandler(handler)


def lines(text: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.getvalue().splitlines()]


def stumble() -> None:
    """A database error, whose text quotes the row."""
    User.objects.create_user(SECRETS[0], "x" * 12, name=SECRETS[2])
    with transaction.atomic():
        User.objects.create_user(SECRETS[0], "x" * 12, name=SECRETS[2])


def test_error_is_told_by_kind_and_place(written: io.StringIO) -> None:
    try:
        stumble()
    except IntegrityError:
        logging.getLogger("portal.somewhere").exception("job %s failed for %s", 7, SECRETS[0])
    (line,) = lines(written)
    assert line["message"] == "job 7 failed for <address>"
    assert line["error"] == "django.db.utils.IntegrityError"
    assert any("test_logs.py" in place and "stumble" in place for place in line["where"])
    assert not any(secret in written.getvalue() for secret in SECRETS)


def test_day_of_work_leaves_no_answer_and_no_person_in_the_logs(world: World, written: io.StringIO) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.person("coordinator of B"))
    section = reverse("my_section", args=[world.open.code, "work"])
    for path in (section, reverse("my_rounds"), "/no/such/page/kanarie-bravo", reverse("home")):
        client.get(path)
    client.post(section, {"calls": "50929", "talk": "16042637", "remark": "kanarie-bravo-zesentwintig"})
    client.post(reverse("account_login"), {"login": SECRETS[0], "password": "wrong-password-51"})
    told = written.getvalue()
    people = [user.email for user in world.people.values()]
    assert len(lines(written)) >= 6
    assert canaries_in(told.encode()) == []
    assert [text for text in (*people, "wrong-password-51", "kanarie-bravo") if text in told] == []


def test_request_is_named_in_the_answer_and_in_each_line(client: Client, written: io.StringIO, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = None
    answered = client.get("/", headers={"X-Request-ID": "forged-by-a-visitor"})
    name = answered.headers["X-Request-ID"]
    assert name != "forged-by-a-visitor"
    (line,) = [line for line in lines(written) if line["logger"] == "portal.request"]
    assert (line["request"], line["route"], line["status"]) == (name, "home", 200)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/", headers={"X-Request-ID": "from-the-proxy"}).headers["X-Request-ID"] == "from-the-proxy"


def test_work_carries_the_name_of_the_request_that_caused_it(written: io.StringIO) -> None:
    from portal.celery import app

    @app.task
    def work() -> None:
        logging.getLogger("portal.work").info("done")

    work.apply(headers={"request_id": "request-1234"})
    assert request_id.get() == ""
    assert [line["request"] for line in lines(written) if line["logger"] == "portal.work"] == ["request-1234"]


ANOTHER_PROCESS = """
import logging, django
django.setup()
from django.db import connection
try:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::integer", ["{secret}"])
except Exception:
    logging.getLogger("portal.somewhere").exception("job failed for %s", "{secret}")
import sentry_sdk
sentry_sdk.flush(10)
"""


def test_error_report_arrives_without_a_value() -> None:
    """From a process of its own: the library patches whatever it finds in one."""
    received: list[bytes] = []

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packing = self.headers.get("Content-Encoding", "")
            received.append(UNPACK[packing](body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Sink)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    environment = os.environ | {"SENTRY_DSN": f"http://key@127.0.0.1:{server.server_port}/1", "LOG_FORMAT": "json"}
    environment |= {"DJANGO_SETTINGS_MODULE": "portal.settings", "PYTHONPATH": str(settings.BASE_DIR)}
    try:
        program = ANOTHER_PROCESS.replace("{secret}", SECRETS[0])
        done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    told = b"".join(received).decode()
    assert "DataError" in told or "OperationalError" in told
    assert "job failed for %s" in told
    assert SECRETS[0] not in told
    assert SECRETS[0] not in (done.stdout + done.stderr).decode()


def test_the_web_servers_own_lines_are_json_too(tmp_path: Path) -> None:
    """gunicorn as it is started, with an application that cannot be loaded: no page's address, no text of an error."""
    (tmp_path / "broken.py").write_text("def application(environ, start_response):\n    raise ValueError('4711.13')\n")
    folder = Path(settings.BASE_DIR)
    command = [sys.executable, "-m", "gunicorn", "broken:application", "--pythonpath", str(tmp_path), "--bind",
               "127.0.0.1:0", "--workers", "1"]  # fmt: skip
    environ = {**os.environ, "LOG_FORMAT": "json"}
    server = subprocess.Popen(command, cwd=folder, env=environ, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        told: list[dict[str, Any]] = []
        while not any("Listening at" in one["message"] for one in told):
            told.append(json.loads(server.stderr.readline()))
        port = told[-1]["message"].split(":")[-1].split()[0]
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/password/reset/key/{SECRETS[1]}/", timeout=20)
    finally:
        server.terminate()
        rest = server.communicate(timeout=20)[1]
    told += [json.loads(line) for line in rest.splitlines()]
    assert {one["logger"] for one in told} == {"gunicorn.error"}
    (failed,) = [one for one in told if "error" in one]
    assert (failed["error"], failed["level"]) == ("builtins.ValueError", "ERROR")
    assert SECRETS[1] not in json.dumps(told)
