"""What a page remarks at one question: an error, a doubt with the reason given, how it changed, what was explained.

A page knows each question's remarks by a short key. It sends the keys along with each autosave, so that the server
writes the remarks only of questions where they are others by now; that was most of what an autosave cost.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from surveys.forms.compared import change_text, explained_text
from surveys.questionnaire import Question
from surveys.selectors.answers import AnswerSheet

REMARKED = "remarked"  # the posted field: `question:key` of each question that the page remarks something at


@dataclass(frozen=True, slots=True)
class Remarks:
    """The remarks at one question, as sentences; empty where there is nothing to say."""

    error: str = ""
    doubt: str = ""
    reason: str = ""
    changed: str = ""
    explained: str = ""

    @property
    def key(self) -> str:
        """The same for the same remarks; empty without any."""
        said = (self.error, self.doubt, self.reason, self.changed, self.explained)
        return hashlib.sha256("\x00".join(said).encode()).hexdigest()[:12] if any(said) else ""


def remarks_at(sheet: AnswerSheet, question: Question) -> Remarks:
    """What is said at one question of the answers as they are stored.

    A question that is merely still empty gets no error here; the review names it.
    """
    compared = sheet.previous.round is not None
    changed = change_text(sheet, question) if compared else ""
    explained = explained_text(sheet, question) if compared else ""
    if question.code not in sheet.due:
        return Remarks(changed=changed, explained=explained)
    unread = sheet.unread.get(question.code, "")
    found = [one for one in sheet.findings_at.get(question.code, ()) if not one.code.startswith("required:")]
    hard = " ".join(one.message for one in found if one.kind == "hard")
    soft = [one for one in found if one.needs_reason and one.code not in sheet.carried]
    reason = next((sheet.explanations[one.code] for one in soft if one.code in sheet.explanations), "")
    doubt = "" if unread else " ".join(one.message for one in soft)
    return Remarks(unread or hard, doubt, reason, changed, explained)


def remarked_on_page(post: QueryDict) -> Mapping[str, str]:
    """The keys of the remarks that the page shows, by question; a page that sends none gets everything."""
    pairs = (one.partition(":") for one in post.get(REMARKED, "").split())
    return {code: key for code, _colon, key in pairs}
