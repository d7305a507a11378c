"""One role's way through all addresses, and what was wrong on it."""

import csv
import io
import os
import re
import zipfile
from collections.abc import Iterator
from zlib import crc32

import openpyxl
from django.http import HttpResponse
from django.urls import reverse

from surveys.forms.workbook_write import change_formula
from tests.house.walk import (
    ALLOWED,
    API,
    METHODS,
    NOT_FOUND,
    OTHER_METHODS,
    REFUSED,
    TO_SIGN_IN,
    Address,
    Walker,
    addresses,
    body_for,
    body_of,
    expected,
    objects_of,
    outcome,
    stripped,
)
from tests.house.walk_objects import OBJECTS
from tests.world import World, canaries_in

EVERYTHING = bool(os.environ.get("LONG_TESTS"))  # `make walk`: 100 %; the suite goes a part of the way
THOROUGH = ("coordinator of A", "anonymous")  # these two go all of it, always
WITHOUT_SESSION = (API, "/sign-out/")  # after signing out nobody is signed in
FORMULA = re.compile(r"^[\s\u00a0]*[=+\-@|%\t\r]")
CHANGE = re.compile(r"=IF\(ISNUMBER\((C\d+)\),.*?(F\d+)")  # since last time, in a workbook
NUMBER = re.compile(r"^-?[\d.,]*$")


def calls_of(role: str) -> Iterator[tuple[Address, str]]:
    """Addresses and methods on this role's way: in the suite a part, by chance that is the same every time."""
    for address in addresses():
        if address.parameters and address.name not in OBJECTS:
            continue  # a test of its own says so
        for method in (*METHODS, *OTHER_METHODS):
            usual = method in METHODS
            one_in = 1 if EVERYTHING or (role in THOROUGH and usual) else 7 if usual else 60
            if crc32(f"{role} {method} {address.name}".encode()) % one_in == 0:
                yield address, method


def walk(walker: Walker) -> list[str]:
    """What is wrong with any answer."""
    wrong = []
    for address, method in calls_of(walker.role):
        answers = {}
        for label, kwargs in objects_of(address, walker.world).items():
            path = reverse(address.name, kwargs=kwargs)
            response = walker.call(method, path, body_for(address, walker.world))
            wanted = expected(address, method, walker, label, path)
            answers[label] = (wanted, response, path)
            found = faults(wanted, response, path, method, walker)
            wrong += [f"{walker.role}: {method} {path} ({label}): {fault}" for fault in found]
        wrong += [f"{walker.role}: {method} {address.name}: {fault}" for fault in told_apart(answers)]
    return wrong


def faults(wanted: str, response: HttpResponse, path: str, method: str, walker: Walker) -> Iterator[str]:
    """What is wrong with one response."""
    got = outcome(response, path)
    if response.status_code >= 500:
        yield f"{response.status_code}"
    elif got != wanted and not excused(wanted, got, response, path, method, walker):
        yield f"expected {wanted}, got {got} ({response.status_code})"
    policy = response.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe-inline" in policy:
        yield f"content security policy {policy!r}"
    if response.headers.get("X-Content-Type-Options") != "nosniff":
        yield "its type may be guessed"
    yield from foreign_answers(response, walker)
    yield from formulas(response)
    caching = response.headers.get("Cache-Control", "")
    private = "private" in caching and "no-store" in caching
    if walker.user is not None and not path.startswith(WITHOUT_SESSION) and not private:
        yield f"may be cached: {caching!r}"
    if walker.key and path.startswith(API) and "public" in caching:
        yield f"an answer to a key may be shared: {caching!r}"


def foreign_answers(response: HttpResponse, walker: Walker) -> Iterator[str]:
    """Answers of B in what somebody gets who is neither B nor the foundation."""
    if walker.organisation == "B" or (walker.user and walker.user.foundation_role):
        return
    body = unpacked(body_of(response)) + str(dict(response.headers)).encode()
    yield from (f"shows {canary}, an answer of B" for canary in canaries_in(body))


def unpacked(body: bytes) -> bytes:
    """A workbook's parts instead of the compressed file."""
    if not body.startswith(b"PK\x03\x04"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        return b"\n".join(parts.read(name) for name in parts.namelist())


def formulas(response: HttpResponse) -> Iterator[str]:
    """Cells that a spreadsheet would calculate."""
    kind, body = response.headers.get("Content-Type", ""), body_of(response)
    if kind.startswith("text/csv"):
        for row in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")):
            yield from (f"a formula: {cell!r}" for cell in row if FORMULA.match(cell) and not NUMBER.match(cell))
    if body.startswith(b"PK\x03\x04") and kind != "application/zip":  # a zip of a person's data has no spreadsheets
        for sheet in openpyxl.load_workbook(io.BytesIO(body)).worksheets:
            for cells in sheet.iter_rows():
                formulas = [cell.value for cell in cells if cell.data_type == "f" and not is_ours(cell.value)]
                yield from (f"a formula: {one!r}" for one in formulas)


def is_ours(formula: str) -> bool:
    """Whether we wrote it: nothing in it but two cells is from elsewhere."""
    found = CHANGE.match(formula)
    return found is not None and formula in {change_formula(found[1], found[2], one) for one in ("", "nl", "en")}


def excused(wanted: str, got: str, response: HttpResponse, path: str, method: str, walker: Walker) -> bool:
    """Other outcomes that are as good: a method that is not taken, and sign-in pages that want a session."""
    if method == "OPTIONS" and got == ALLOWED and (path.startswith(API) or not body_of(response)):
        return wanted == NOT_FOUND  # what the address understands, the same for every object
    wrong_method = response.status_code == 405 or (path.startswith(API) and method not in ("GET", "HEAD"))
    if wrong_method and got in (ALLOWED, REFUSED):
        return wanted in (ALLOWED, NOT_FOUND, REFUSED)
    if method in OTHER_METHODS and got == REFUSED:
        return wanted == ALLOWED  # reading is allowed, and this counts as writing
    return wanted == ALLOWED and got == TO_SIGN_IN and walker.user is None and path.startswith("/password/")


def told_apart(answers: dict[str, tuple[str, HttpResponse, str]]) -> list[str]:
    """Labels whose refusal differs from that of another: then one could learn what exists."""
    refusals = {
        label: (response.status_code, stripped(response, path))
        for label, (wanted, response, path) in answers.items()
        if wanted in (NOT_FOUND, REFUSED)
    }
    by_outcome: dict[str, set[tuple[int, bytes]]] = {}
    for label, seen in refusals.items():
        by_outcome.setdefault(answers[label][0], set()).add(seen)
    return [f"{wanted}: differs between {sorted(refusals)}" for wanted, seen in by_outcome.items() if len(seen) > 1]


def tour(world: World, roles: tuple[str, ...]) -> tuple[list[str], int]:
    """What was wrong on the way of each role, and the number of calls."""
    wrong, calls = [], 0
    for role in roles:
        walker = Walker(world, role)
        wrong += walk(walker)
        calls += walker.calls
    return wrong, calls
