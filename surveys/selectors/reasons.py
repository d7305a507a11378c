"""Which values a reason explains: given for one value, it says nothing about another one."""

import hashlib
import json
from collections.abc import Iterable, Mapping

from surveys.questionnaire import NO_ANSWER, AnswerValue, Finding


def about(finding: Finding, values: Mapping[str, AnswerValue]) -> str:
    """A fingerprint of the values that a soft edit is about."""
    told = []
    for code in finding.questions:
        one = values.get(code, NO_ANSWER)
        told.append(
            [code, one.status, one.number, one.choice, one.choices, one.text, dict(one.parts), dict(one.absent)]
        )
    return _short(json.dumps(told, sort_keys=True))


def reason_mark(shown: str, abouts: Iterable[str]) -> str:
    """The hidden mark of a field that shows this reason, at soft edits about values with these fingerprints."""
    return f"{text_mark(shown)}.{_short(' '.join(sorted(abouts)))}"


def text_mark(reason: str) -> str:
    """A fingerprint of a reason, the same for what a browser sends back of it."""
    return _short(said(reason))


def said(reason: str) -> str:
    """A reason as it is kept."""
    return reason.replace("\x00", "\ufffd").replace("\r\n", "\n").strip()


def reason_for(findings: Mapping[str, str], given: Mapping[str, str], explained: Mapping[str, str]) -> str:
    """The reason that was given for all of these soft edits (code → what it is about now); empty without one.

    `given` and `explained` as a submission holds them; what was given before values were noted holds for any.
    """
    held = [given.get(code, "") if explained.get(code, now) == now else "" for code, now in findings.items()]
    return held[0] if held and all(held) else ""


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
