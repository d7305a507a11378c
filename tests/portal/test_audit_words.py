"""What the audit trail holds has words: every action and every detail that the code records, and both on the page."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from benchmark.selectors.gate import ADVISED
from portal.audit_words import FACTS, PROOFS, SUBJECTS, WAYS, WORDS, fact_words
from portal.models import AuditEntry, FailedSignIn
from portal.seen import ANSWERS_SEEN, DOWNLOADED
from portal.services.audit import record
from portal.services.audit_chain import EXPIRED
from portal.services.sign_in_trail import note_failure, note_sign_in, tell_failures
from portal.tenancy import staff_scope
from scripts.machine import PROJECT
from surveys.rounds import TRANSITIONS
from tests.sign_in import sign_in
from tests.world import World

WRITERS = {"record", "record_seen", "record_seen_of"}
# Functions that hand on what they are given to one of these, by file; "" stands for every file.
HANDING_ON = {"surveys/services/queries.py": "_note", "surveys/services/validating.py": "_note", "": "record_import"}
OWN = {"subject", "by", "organisation", "organisations"}  # parameters of the writers that are no detail
FORMER: set[str] = set()  # actions of earlier versions, whose entries stay and keep their words
# Actions that a call names by more than a text.
NAMED = {
    "ADVISED": {ADVISED},
    "ANSWERS_SEEN": {ANSWERS_SEEN},
    "DOWNLOADED": {DOWNLOADED},
    "EXPIRED": {EXPIRED},
    "FILLED": {"demo.filled"},
    "f'round.{action}'": {f"round.{action}" for action in TRANSITIONS},
    "f'round.{action}.requested'": {f"round.{action}.requested" for action, step in TRANSITIONS.items() if step.job},
    "f'sign_in.factor_{change}'": {f"sign_in.factor_{change}" for change in ("added", "removed", "renewed")},
}
# Details that a call passes on as a mapping, by file. A function that hands on what it was given is called by others,
# whose calls are looked at themselves: it adds nothing.
PASSED = {
    "benchmark/services/storing.py": {"flagged", "waiting"},
    "portal/seen.py": {"code", "kpi", "version", "draft_id", "form", "edition", "section", "question"},
    "portal/services/audit.py": set[str](),
    "portal/services/sign_in_trail.py": {"way", "attempts", "networks", "addresses", "since", "until"},
    "surveys/services/imports.py": set[str](),
    "surveys/services/mergers.py": {"other", "role", "people", "invitations"},
    "surveys/services/queries.py": set[str](),
    "surveys/services/validating.py": set[str](),
}


@dataclass
class Recorded:
    """What the calls of the code record, by where it was found; `unclear`: calls that this test cannot read."""

    actions: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)


def calls() -> Iterator[tuple[str, ast.Call]]:
    for app in ("portal", "surveys", "benchmark"):
        for path in sorted((PROJECT / app).rglob("*.py")):
            text = path.read_text("utf-8")
            file = path.relative_to(PROJECT).as_posix()
            names = WRITERS | {HANDING_ON[""], HANDING_ON.get(file, "record")}
            if any(f"{name}(" in text for name in names):
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                        yield file, node


def actions_of(argument: ast.expr) -> set[str]:
    """The actions that the first argument of a call may mean; none when it cannot be read."""
    if isinstance(argument, ast.Constant):
        return {str(argument.value)}
    if isinstance(argument, ast.IfExp):
        return actions_of(argument.body) | actions_of(argument.orelse)
    return NAMED.get(ast.unparse(argument), set())


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """Of every call in the code."""
    found = Recorded()
    for file, call in calls():
        where = f"{file}:{call.lineno}"
        first = ast.unparse(call.args[0])
        actions = actions_of(call.args[0])
        # `action`: a function that hands on; an import is of a round and has one action, which the function names.
        if not actions and first != "action" and ast.unparse(call.func) != "record_import":
            found.unclear.append(f"{where} {first}")
        found.actions |= dict.fromkeys(actions, where)
        for keyword in call.keywords:
            if keyword.arg is None and file not in PASSED:
                found.unclear.append(f"{where} **{ast.unparse(keyword.value)}")
            keys = PASSED.get(file, set()) if keyword.arg is None else {keyword.arg} - OWN
            found.details |= dict.fromkeys(keys, where)
            if keyword.arg == "subject" and isinstance(keyword.value, ast.Constant):
                found.subjects[str(keyword.value.value)] = where
    return found


def test_every_call_that_records_can_be_read(recorded: Recorded) -> None:
    assert recorded.unclear == [], "name here what these calls record"
    assert len(recorded.actions) > 80
    assert len(recorded.details) > 50


def test_every_recorded_action_detail_and_subject_has_words(recorded: Recorded) -> None:
    assert {one: where for one, where in recorded.actions.items() if one not in WORDS} == {}
    assert {one: where for one, where in recorded.details.items() if one not in FACTS} == {}
    pages = ("staff_", "my_")  # told as “a page”
    subjects = {one: where for one, where in recorded.subjects.items() if not one.startswith(pages)}
    assert {one: where for one, where in subjects.items() if one not in SUBJECTS} == {}


def test_no_words_are_left_of_actions_that_nothing_records(recorded: Recorded) -> None:
    assert sorted(set(WORDS) - set(recorded.actions) - FORMER) == []


def test_every_way_and_every_factor_has_words() -> None:
    assert set(FailedSignIn.Way.values) <= set(WAYS)
    assert set(Authenticator.Type.values) <= set(PROOFS)


def test_a_detail_in_a_detail_has_words_and_a_value_that_has_none_stays() -> None:
    with translation.override("nl"):
        assert fact_words("asked", {"action": "sign_in.done", "until": "2026-11-22"}) == (
            "gezocht naar: handeling Ingelogd, tot 2026-11-22"
        )
        assert fact_words("before", "coordinator") == "ervoor: Coördinator"
        assert fact_words("frozen", True) == "antwoorden waren vastgezet: ja"
        assert fact_words("way", "no such way") == "manier: no such way"
        assert fact_words("hash", "a" * 64) == f"vingerafdruk: {'a' * 12}…"
        assert fact_words("since", "2026-01-02T11:00:00+00:00") == "sinds: 02-01-2026 12:00:00"


def test_signing_in_is_told_in_dutch_without_a_code(world: World) -> None:
    person, inviter = world.person("contributor of A"), world.person("coordinator of A")
    request = RequestFactory().get("/")
    for way in FailedSignIn.Way:
        note_failure(request, way, user=person)
        note_failure(request, way, email="nobody@example.org")
    tell_failures()
    note_sign_in(person, ["invitation"])
    for factor in Authenticator.Type.values:
        with staff_scope():
            record("sign_in.factor_added", subject=person, by=person, type=factor)
            record("sign_in.factor_removed", subject=person, by=person, type=factor)
    with staff_scope():
        record("invitation.accepted", subject=person, by=person, organisation=world.a, invited_by=inviter.pk)
        newest = AuditEntry.objects.latest("pk")
    assert newest.detail == {"invited_by": inviter.pk}
    client = Client()
    sign_in(client, world.person("administrator"), proven_at=timezone.now().timestamp())
    with translation.override("nl"):
        page = client.get("/staff/oversight/audit/", headers={"accept-language": "nl"})
    told = [one["told"] for one in page.context["lines"]]
    text = "\n".join(told)
    stopped = [line for line in told if line.startswith("manier: tegengehouden na te veel pogingen; ")]
    assert len(stopped) == 2  # of the person, and of addresses that nobody has
    since = re.compile(r"; sinds: \d\d-\d\d-\d{4} \d\d:\d\d:\d\d; tot: .*; pogingen: 1; netwerken: 1")
    assert all(since.search(one) for one in stopped)
    assert sum("; adressen: 1" in one for one in stopped) == 1
    assert "manieren van inloggen: uitnodiging" in text
    assert "soort: authenticator-app" in text
    assert f"uitgenodigd door: {inviter.name}" in text
    codes = {*FailedSignIn.Way.values, *Authenticator.Type.values, *FACTS} - {"code", "passkey", "type"}
    assert codes & set(re.findall(r"\w+", text)) == set()
