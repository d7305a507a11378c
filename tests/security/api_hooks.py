"""Runs inside schemathesis: answers to questions that exist, and a count of what the portal said to each address.

Codes of questions are the keys of what is sent, which a schema cannot name: nine of ten are replaced by real ones.
The counts go to the file that `API_CALLS` names.
"""

import atexit
import json
import os
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis  # type: ignore[import-not-found]  # it lives in an environment of its own

QUESTIONS = ("calls", "talk", "satisfaction", "owner", "remark")
said: Counter[str] = Counter()


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """The same values, for questions that are asked."""
    if not isinstance(body, dict) or not isinstance(body.get("answers"), dict):
        return body
    return body | {"answers": {asked(code): value for code, value in body["answers"].items()}}


def asked(code: str) -> str:
    """A question for this text; the same one for the same text."""
    number = zlib.crc32(repr(code).encode())
    return code if number % 10 == 0 else QUESTIONS[number % len(QUESTIONS)]


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Count it."""
    said[f"{case.operation.label} {response.status_code}"] += 1


@atexit.register
def write() -> None:
    """At the end."""
    if target := os.environ.get("API_CALLS"):
        Path(target).write_text(json.dumps(dict(sorted(said.items())), indent=1), encoding="utf-8")
