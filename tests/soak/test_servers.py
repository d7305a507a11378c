"""The servers under the portal fall, pause and come back; what was acknowledged is there, and all goes on by itself."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from celery import current_app
from django.db import DatabaseError, InterfaceError, connection
from django.urls import reverse

from portal.celery_settings import broker_settings
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Answer, Submission
from surveys.services.answers import Typing, save_answers
from tests.portal.mail_servers import free_port
from tests.soak.browser import Browser, answers, marks, post
from tests.soak.conftest import Soak
from tests.soak.counting import becomes, in_soak, times
from tests.soak.crew import SERVER_SECONDS, WORKER_SECONDS, Crew
from tests.soak.place import BROKER, send_to
from tests.soak.rounds import asked, closed_round, is_done, open_round, started

pytestmark = pytest.mark.slow
WRITERS = ("calls", "talk")
# The script itself: the one on the path of a Debian machine starts it as another user.
RABBITMQ = next((str(one) for one in Path("/usr/lib/rabbitmq/lib").glob("*/sbin/rabbitmq-server")), None)


class Writers:
    """Colleagues who save one number after the other, each at a question of their own, whatever happens."""

    def __init__(self, soak: Soak, code: str) -> None:
        self.soak = soak
        self.submission = started(soak, open_round(soak, code), dict.fromkeys(WRITERS, "1"))
        self.failures, self.over = 0, threading.Event()
        self.last_saved = dict.fromkeys(WRITERS, time.monotonic())
        self.longest_gap = 0.0
        self.threads = [threading.Thread(target=self._write, args=[question]) for question in WRITERS]

    def _write(self, question: str) -> None:
        person, number = self.soak.world.person("coordinator of A"), 1
        while not self.over.wait(0.01):
            number += 1
            try:
                with participant_scope(self.soak.world.a.pk, person.pk):
                    save_answers(self.submission, [Typing(question, str(number))], by=person, language="nl")
            except (DatabaseError, InterfaceError):
                self.failures += 1
                connection.close()
                continue
            now = time.monotonic()
            self.longest_gap = max(self.longest_gap, now - self.last_saved[question])
            self.last_saved[question] = now
            self.soak.ledger.answered(self.submission, {question: str(number)})
        connection.close()

    def saved_since(self, moment: float) -> bool:
        return all(last > moment for last in self.last_saved.values())

    def __enter__(self) -> "Writers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("how", ["restart", "backends"])
def test_database_falls_under_load(soak: Soak, crew: Crew, how: str) -> None:
    """Two people type, a freeze and a computation run; the server dies as by kill -9, or all connections are cut."""
    for turn in range(times(1, 10)):
        round_ = closed_round(soak, f"{how}-{turn}")
        with Writers(soak, f"{how}-writers-{turn}") as writers:
            begun = time.monotonic()
            becomes(lambda w=writers, b=begun: w.saved_since(b), 10)
            for kind in ("freeze", "compute"):
                job = asked(soak, round_, kind)
                time.sleep(0.3)
                if how == "restart":
                    connection.close()
                    soak.place.restart_database()
                else:
                    assert soak.place.kill_backends() > 2
                    connection.close()
                back = time.monotonic()
                seconds = becomes(lambda w=writers, b=back: w.saved_since(b), SERVER_SECONDS, why=soak.place.logs)
                done = done_with_help(soak, crew, job)
                sys.stdout.write(
                    f"\n{how} during {kind}: saving again after {seconds:.1f} s, job done after {done:.0f} s"
                )
            assert writers.failures > 0, "nobody noticed anything: that was no fault"
        connection.close()
        soak.check()


def done_with_help(soak: Soak, crew: Crew, job: object) -> float:
    """Wait for the job while a supervisor starts again what ended."""

    def done() -> bool:
        crew.watch()
        return is_done(job)  # type: ignore[arg-type]

    return becomes(done, WORKER_SECONDS, why=soak.place.logs)


def test_a_heap_of_short_work_holds_nothing_up(soak: Soak, crew: Crew) -> None:
    """A thousand receipts are a thousand wake-ups: whoever asks for more then must not wait for ten minutes."""
    many = times(100, 1000)
    with crew.held():
        for _each in range(many):
            current_app.send_task("portal.send_outbox")
        begun = time.monotonic()
    becomes(lambda: waiting(soak) < many // 10, 300, why=soak.place.logs)
    a_second = (many - waiting(soak)) / (time.monotonic() - begun)
    sys.stdout.write(f"\n{many} wake-ups: {a_second:.0f} a second\n")
    assert a_second > 6, "as slow as one for each look into the queue"


def waiting(soak: Soak) -> int:
    """Messages in the queue."""
    with soak.place.administrator() as database:
        row = database.execute("SELECT count(*) FROM pgmq.q_portal").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def redis(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis that keeps nothing: what it held is gone when it dies."""
    program = shutil.which("redis-server")
    assert program is not None
    process = subprocess.Popen(
        [program, "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def rabbitmq(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A RabbitMQ with everything of its own in `folder`; started there again, it is the same one."""
    if RABBITMQ is None:
        pytest.skip("no rabbitmq-server here")
    ports = folder / "ports"
    if not ports.exists():
        ports.write_text(f"{free_port()} {free_port()}")
    ours, names = ports.read_text().split()
    mine = {
        "HOME": str(folder), "RABBITMQ_NODENAME": f"soak{port}@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port), "RABBITMQ_DIST_PORT": ours, "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"), "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"), "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "ERL_EPMD_PORT": names, "ERL_EPMD_ADDRESS": "127.0.0.1",
    }  # fmt: skip
    environment = os.environ | mine
    with (folder / "rabbitmq.log").open("ab") as log:
        process = subprocess.Popen([RABBITMQ], env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        becomes(lambda: listens(port), 120, why=lambda: (folder / "rabbitmq.log").read_text()[-2000:])
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        subprocess.run(["epmd", "-port", names, "-kill"], capture_output=True, check=False)


def listens(port: int) -> bool:
    """Whether somebody takes connections there, and speaks AMQP."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as talk:
            talk.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(talk.recv(1))
    except OSError:
        return False


BROKERS = {
    "redis": (redis, "redis://127.0.0.1:{port}/0"),
    "rabbitmq": (rabbitmq, "amqp://guest:guest@127.0.0.1:{port}//"),
}


@pytest.mark.parametrize("kind", ["redis", "rabbitmq"] if in_soak() else ["redis"])
def test_broker_is_gone_for_a_while(soak: Soak, tmp_path: Path, kind: str) -> None:
    """The button answers at once although no message can be sent, and the work is done when the broker is back."""
    if kind == "redis" and shutil.which("redis-server") is None:
        pytest.skip("no redis-server here")
    (server, address), port, gone = BROKERS[kind], free_port(), 60 if in_soak() else 3
    url = address.format(port=port)
    round_ = closed_round(soak, f"gone-{kind}")
    before = {key: current_app.conf[key] for key in BROKER}
    send_to(broker_settings("", url))
    with server(tmp_path, port) as first:
        crew = Crew(soak.place, CELERY_BROKER_URL=url)
        try:
            done_with_help(soak, crew, asked(soak, round_, "freeze"))
            first.kill() if kind == "redis" else os.killpg(first.pid, signal.SIGKILL)
            first.wait()
            pressed = time.monotonic()
            job = asked(soak, round_, "compute")
            answered = time.monotonic() - pressed
            time.sleep(gone)
            with server(tmp_path, port):
                seconds = done_with_help(soak, crew, job)
        finally:
            crew.stop()
            send_to(before)
    sys.stdout.write(
        f"\n{kind} gone {gone} s: button answered in {answered:.1f} s, work done {seconds:.0f} s after it came back\n"
    )
    assert answered < 5
    assert seconds < SERVER_SECONDS


def test_web_process_killed_in_the_middle_of_saving(soak: Soak) -> None:
    web = soak.place.start("web")
    try:
        round_ = open_round(soak, "web-killed")
        submission = started(soak, round_, {"calls": "100"})
        browser, path = Browser(soak, web.port, "coordinator of A"), reverse("my_section", args=[round_.code, "work"])
        becomes(lambda: answers(browser, path), 60, why=soak.place.logs)
        for turn in range(times(1, 30)):
            form = marks(browser.ask("GET", path)[1]) | {"a-calls": str(200 + turn), "go": "next"}
            said: list[int] = []
            with soak.place.blocked("surveys_answer") as somebody_waits:
                saving = threading.Thread(target=lambda f=form, s=said: s.append(post(browser, path, f)))
                saving.start()
                somebody_waits()
                web.kill_child()
                saving.join()
            assert said == [0]  # hung up: nothing was acknowledged …
            assert typed(submission) == ("100" if turn == 0 else str(199 + turn))  # … and nothing happened
            seconds = becomes(lambda f=form: post(browser, path, f) in (200, 302), SERVER_SECONDS)
            assert typed(submission) == form["a-calls"]
            soak.ledger.answered(submission, {"calls": form["a-calls"]})
        sys.stdout.write(f"\nweb process killed: the same form was saved {seconds:.1f} s later\n")
    finally:
        web.stop()


def typed(submission: Submission) -> object:
    with staff_scope():
        return Answer.objects.get(submission=submission, question="calls").typed
