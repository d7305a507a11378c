"""What answering costs: `make benchmark-answering`. Forty questions in six themes, last year's answers beside them.

Each number that is typed breaks a soft edit (ten times last year's), so that every page is full of remarks.
First in one process: statements and CPU per autosave and per theme page (with 2, 7 and 20 questions on it). Then with
gunicorn on loopback, two workers: 1, 8 and 32 participants at once who do nothing but answer, 30 seconds each.
ARGS="SECONDS" shortens that. CPU is that of the web processes; every acknowledged answer is looked up afterwards.

Aim: 12 statements and 15 ms CPU an autosave. Measured on two busy cores of 2.6 GHz, 40 saves of each in turns: 11
statements and 11.1 ms in one process before queries were kept (portal/kept_queries.py), rows written one at a time by
one statement and edits looked at where they are shown; 10 statements and 7.1 ms since. One after the other with
gunicorn and 1, 8 and 32 at once: 16.5, 14.0 and 13.7 ms before, 10.5, 9.6 and 7.5 ms since; no errors, none lost.
A theme page 12 statements, 34 ms with 20 questions. On a machine with more to do all of it grows alike: compare with
what was there before in the same run.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.answering_page import Page

PARTICIPANTS = (1, 8, 32)
THEMES = {"a": 2, "b": 7, "c": 20, "d": 5, "e": 3, "f": 3}
ROUND = "many-2026"
UNUSUAL = 10_000  # more than last year's values by far


def questionnaire(year: int) -> str:
    """Forty questions: numbers with bounds and change, choices, a set of percentages, text, and a check."""
    lines = [f'questionnaire: many\nversion: "{year}"\ntitle: {{nl: Veel, en: Many}}\nsections:']
    for theme, count in THEMES.items():
        lines.append(f"  - code: theme_{theme}\n    title: {{nl: Thema {theme}, en: Theme {theme}}}\n    questions:")
        for n in range(count):
            code = f"{theme}{n}"
            texts = f"text: {{nl: Vraag {code}, en: Question {code}}}, help: {{nl: Uitleg, en: Explanation}}"
            if n % 7 == 3:
                options = "[{code: x, label: {nl: X, en: X}}, {code: y, label: {nl: Y, en: Y}}]"
                lines.append(f"      - {{code: {code}, type: single_choice, {texts}, options: {options}}}")
            elif n % 7 == 5:
                parts = "[{code: p, label: {nl: P, en: P}}, {code: q, label: {nl: Q, en: Q}}]"
                lines.append(f"      - {{code: {code}, type: percentage_set, {texts}, total: 100, parts: {parts}}}")
            elif n % 7 == 6:
                lines.append(f"      - {{code: {code}, type: long_text, {texts}}}")
            else:
                bounds = "decimals: 0, hard: {min: 0}, soft: {max: 900000}, soft_change: 0.5"
                lines.append(f"      - {{code: {code}, type: number, required: true, {texts}, {bounds}}}")
    check = "{code: less, kind: hard, expression: 'a1 <= a0 * 1000000', message: {nl: Meer., en: More.}}"
    return "\n".join([*lines, f"checks:\n  - {check}", ""])


def typed(code: str, number: int) -> dict[str, str]:
    """The fields of one question, with a value of its own."""
    n = int(code[1:]) % 7
    if n == 3:
        return {f"a-{code}": "xy"[number % 2]}
    if n == 5:
        return {f"a-{code}-p": str(number % 100), f"a-{code}-q": str(100 - number % 100)}
    return {f"a-{code}": f"text {number}" if n == 6 else str(1000 + number)}


def tell(line: str) -> None:
    """A line of output, now."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def build() -> None:
    """32 organisations with a coordinator each and all answers of last year; prints their session cookies."""
    from django.test import Client

    from portal.models import Membership, Organisation, User
    from portal.tenancy import staff_scope
    from surveys.models import Submission
    from surveys.services.answers import Typing, save_answers, start_submission
    from surveys.services.questionnaires import load_questionnaire_file
    from surveys.services.rounds import advance_round, create_round
    from surveys.services.submissions import content_hash
    from tests.sign_in import sign_in

    rounds, people, sessions = {}, [], []
    with staff_scope():
        for year in (2025, 2026):
            version = load_questionnaire_file(questionnaire(year), f"many-{year}.yaml", by=None).version
            names: dict[str, Any] = {"title_nl": f"Veel {year}", "title_en": f"Many {year}"}
            assert version is not None
            rounds[year] = create_round(
                code=f"many-{year}", version=version, reference_period=str(year), by=None, **names
            )
            advance_round(rounds[year].pk, "open", by=None)
        for n in range(max(PARTICIPANTS)):
            one = Organisation.objects.create(code=f"many-{n}", name=f"Organisatie {n}")
            person = User.objects.create_user(f"many-{n}@example.org", None, name=f"Persoon {n}")
            Membership.objects.create(organisation=one, user=person, role="coordinator")
            people.append(person)
            before = start_submission(one, rounds[2025], by=None)
            typings = [Typing(q.code, _value(q, n)) for q in rounds[2025].version.file.questions]
            save_answers(before, typings, by=None, language="nl")
            done = {"state": "submitted", "submitted_at": before.created_at, "content_hash": content_hash(before)}
            Submission.objects.filter(pk=before.pk).update(**done)
        advance_round(rounds[2025].pk, "close", by=None)
    for person in people:
        client = Client()
        sign_in(client, person)
        sessions.append(client.cookies["sessionid"].value)
    tell(json.dumps(sessions))


def _value(question: Any, n: int) -> Any:
    fields = typed(question.code, n)
    if question.type == "percentage_set":
        return {name.rpartition("-")[2]: value for name, value in fields.items()}
    return next(iter(fields.values()))


def measure(session: str) -> None:
    """Statements and CPU seconds in this process; prints them."""
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies["sessionid"] = session
    found = {"autosave": _autosaves(client)}
    for theme in ("a", "b", "c"):
        found[f"page of {THEMES[theme]} questions"] = _pages(client, theme)
    tell(json.dumps(found))


def _autosaves(client: Any) -> dict[str, float]:
    """Seven turns through all questions for CPU, one for statements."""
    from django.db import connection, reset_queries

    codes = [f"{theme}{n}" for theme, count in THEMES.items() for n in range(count)]
    pages = {theme: Page(client.get(url(theme)).content.decode()) for theme in THEMES}

    def save(code: str, number: int) -> None:
        body = urllib.parse.urlencode(pages[code[0]].post(code, typed(code, UNUSUAL + number)))  # as browsers send it
        told = client.post(SAVE, body, content_type="application/x-www-form-urlencoded")
        assert told.status_code == 200, told.content
        pages[code[0]].told(told.json())

    for number, code in enumerate(codes):  # warms up
        save(code, number)
    began, turns = time.process_time(), 7
    for number in range(turns * len(codes)):
        save(codes[number % len(codes)], 100 + number)
    spent = time.process_time() - began
    connection.force_debug_cursor, most = True, 0
    for number, code in enumerate(codes):
        reset_queries()
        save(code, 9_000 + number)
        most = max(most, statements(connection))
    connection.force_debug_cursor = False
    return {"statements": most, "cpu_ms": 1000 * spent / (turns * len(codes))}


def _pages(client: Any, theme: str) -> dict[str, float]:
    """A theme page: statements once, CPU of fifteen."""
    from django.db import connection, reset_queries

    connection.force_debug_cursor = True
    reset_queries()
    client.get(url(theme))
    count = statements(connection)
    connection.force_debug_cursor = False
    began = time.process_time()
    for _turn in range(15):
        client.get(url(theme))
    return {"statements": count, "cpu_ms": 1000 * (time.process_time() - began) / 15}


def statements(connection: Any) -> int:
    """Statements of the last request, without those around transactions."""
    return sum(
        one["sql"].split(" ", 1)[0] not in ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE") for one in connection.queries
    )


SAVE = f"/my/rounds/{ROUND}/answers/"


def url(theme: str) -> str:
    """The page of a theme."""
    return f"/my/rounds/{ROUND}/theme_{theme}/"


@dataclass
class Outcome:
    """What one participant did: seconds per save, what was acknowledged last per question, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Participant(threading.Thread):
    """Answers one question after the other until the time is over."""

    def __init__(self, port: int, session: str, seconds: float, ready: threading.Barrier) -> None:
        super().__init__()
        self.port, self.session, self.seconds, self.ready = port, session, seconds, ready
        self.outcome, self.cookie = Outcome(), ""

    def call(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """One request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = urllib.parse.urlencode(fields) if fields else None
        cookies = f"sessionid={self.session}; csrftoken={self.cookie}"
        headers = {"Cookie": cookies, "X-CSRFToken": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie" and value.startswith("csrftoken="):
                self.cookie = value.split(";")[0].removeprefix("csrftoken=")
        connection.close()
        return response.status, text

    def run(self) -> None:
        """Work until the time is over."""
        pages = {theme: Page(self.call("GET", url(theme))[1]) for theme in THEMES}
        codes = [f"{theme}{n}" for theme, count in THEMES.items() for n in range(count)]
        number = UNUSUAL + int(time.time()) % 100_000
        self.ready.wait(120)  # every page is open
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            number += 1
            code = codes[number % len(codes)]
            page, fields = pages[code[0]], typed(code, number)
            began = time.monotonic()
            try:
                status, text = self.call("POST", SAVE, page.post(code, fields))
            except OSError as error:
                self.outcome.wrong.append(str(error))
                continue
            if status != 200 or json.loads(text)["conflicts"]:
                self.outcome.wrong.append(f"{status} {text[:80]}")
                continue
            self.outcome.seconds.append(time.monotonic() - began)
            page.told(json.loads(text))
            self.outcome.said[code] = fields


def cpu_of(processes: list[int]) -> float:
    """Processor seconds that these processes used so far."""
    ticks = 0
    for pid in processes:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def load(port: int, web: int, sessions: list[str], seconds: float, stored: Any) -> None:
    """The participants at once; prints a line per number of them."""
    for many in PARTICIPANTS:
        workers = children(web)
        ready = threading.Barrier(many + 1)
        people = [Participant(port, session, seconds, ready) for session in sessions[:many]]
        for one in people:
            one.start()
        ready.wait(120)
        before = cpu_of(workers)
        for one in people:
            one.join()
        used = cpu_of(workers) - before
        took = sorted(second for one in people for second in one.outcome.seconds)
        wrong = [text for one in people for text in one.outcome.wrong]
        lost = sum(
            stored(n, code) != fields for n, one in enumerate(people) for code, fields in one.outcome.said.items()
        )
        if not took:
            tell(f"{many:3} at once: nothing was saved: {wrong[:3]}")
            continue
        middle, slow = took[len(took) // 2], took[int(len(took) * 0.99)]
        tell(
            f"{many:3} at once  {len(took):6} saves  {len(took) / seconds:6.1f}/s  median {1000 * middle:6.0f} ms"
            f"  99 % {1000 * slow:6.0f} ms  CPU {1000 * used / len(took):5.1f} ms each"
            f"  errors {len(wrong)}  lost {lost}" + (f"  {wrong[0]}" if wrong else "")
        )


def main() -> None:
    """Make a database, measure, drop it."""
    from scripts.demo import free_port
    from scripts.live_portal import drop_database, recreate_database
    from scripts.machine import PROJECT

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    server, name, port = os.environ["DATABASE_URL"], "benchmark_answering", free_port(8400)
    with tempfile.TemporaryDirectory() as home:
        environment = _environment(server, name, home)

        def manage(*arguments: str) -> str:
            command = [sys.executable, "manage.py", *arguments]
            done = subprocess.run(
                command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            return done.stdout.decode()

        def inside(call: str) -> Any:
            return json.loads(manage("shell", "-v0", "-c", f"from tests.benchmarks.answering import *; {call}"))

        recreate_database(server, name)
        web = None
        try:
            manage("provision_database")
            manage("migrate", "-v0")
            sessions = inside("build()")
            for what, one in inside(f"measure({sessions[-1]!r})").items():
                tell(f"{what:22} {one['statements']:3} statements  {one['cpu_ms']:5.1f} ms CPU")
            command = [sys.executable, "-m", "gunicorn", "portal.wsgi", "-b", f"127.0.0.1:{port}", "--workers", "2"]
            web = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL)
            _wait(port)
            load(port, web.pid, sessions, seconds, _Stored(environment, name))
        finally:
            if web is not None:
                web.terminate()
                web.wait(20)
            drop_database(server, name)


def _environment(server: str, name: str, home: str) -> dict[str, str]:
    from scripts.live_portal import with_database

    return {key: value for key, value in os.environ.items() if key not in ("DATABASE_OWNER_URL", "DEBUG")} | {
        "DATABASE_URL": with_database(server, name),
        "PORTAL_ROLE_PREFIX": name,
        "PORTAL_DATA_DIR": home,
        "PORTAL_DEMO": "1",
        "PORTAL_RATE_LIMITS": "0",
        "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-only-for-tests",
    }


class _Stored:
    """What the database holds, as the fields that were sent; read anew once per number of participants."""

    def __init__(self, environment: dict[str, str], roles: str) -> None:
        from portal.database import database_urls

        url_, _owner = database_urls(environment["DATABASE_URL"], None, environment["SECRET_KEY"], roles)
        self.url, self.roles = url_, roles

    def __call__(self, n: int, code: str) -> dict[str, str]:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'SET ROLE "{self.roles}_staff"'.encode())
            row = connection.execute(
                "SELECT a.typed FROM surveys_answer a JOIN surveys_submission s ON s.id = a.submission_id"
                " JOIN surveys_round r ON r.id = s.round_id JOIN portal_organisation o ON o.id = s.organisation_id"
                " WHERE r.code = %s AND o.code = %s AND a.question = %s",
                [ROUND, f"many-{n}", code],
            ).fetchone()
        value = row[0] if row else None
        if isinstance(value, dict):
            return {f"a-{code}-{part}": text for part, text in value.items()}
        return {f"a-{code}": str(value)}


def _wait(port: int) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(port)


if __name__ == "__main__":
    main()
