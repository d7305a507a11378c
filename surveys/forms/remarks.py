"""What a page remarks at one question: an error, a doubt with the reason given, how it changed, what was explained.

A page knows each question's remarks by a short key. It sends the keys along with each autosave, so that the server
writes the remarks only of questions where they are others by now; that was most of what an autosave cost.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict

from surveys.forms.compared import change_text, explained_text
from surveys.questionnaire import Finding, Question
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.reasons import reason_for, reason_mark

REMARKED = "remarked"  # the posted field: `question:key` of each question that the page remarks something at


@dataclass(frozen=True, slots=True)
class Remarks:
    """The remarks at one question, as sentences; empty where there is nothing to say.

    `reason` was given for the answer as it is; `earlier` for another one, so that it counts no more. `reason_mark`
    goes with the field of the reason: what it showed, and for which values.
    """

    error: str = ""
    doubt: str = ""
    reason: str = ""
    changed: str = ""
    explained: str = ""
    earlier: str = ""
    reason_mark: str = ""

    @property
    def key(self) -> str:
        """The same for the same remarks; empty without any."""
        said = (self.error, self.doubt, self.reason, self.changed, self.explained, self.earlier, self.reason_mark)
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
    found = [one for one in sheet.findings_at(question.code) if not one.code.startswith("required:")]
    hard = " ".join(one.message for one in found if one.kind == "hard")
    soft = [] if unread else sheet.asked_at(question.code)
    if not soft:
        return Remarks(unread or hard, changed=changed, explained=explained)
    doubt = " ".join(one.message for one in soft)
    reason, earlier = reasons_at(sheet, soft)
    mark = reason_mark(reason, [sheet.about(one) for one in soft])
    return Remarks(unread or hard, doubt, reason, changed, explained, earlier, mark)


def reasons_at(sheet: AnswerSheet, soft: Sequence[Finding]) -> tuple[str, str]:
    """(the reason that explains all these soft edits, those that were given and do not explain all of them now)."""
    mine = sheet.submission
    if mine is None or not mine.explanations:
        return "", ""
    reason = reason_for({one.code: sheet.about(one) for one in soft}, mine.explanations, mine.explained)
    earlier = dict.fromkeys(mine.explanations[one.code] for one in soft if one.code in mine.explanations)
    return reason, "" if reason else " / ".join(earlier)


def remarked_on_page(post: QueryDict) -> Mapping[str, str]:
    """The keys of the remarks that the page shows, by question; a page that sends none gets everything."""
    pairs = (one.partition(":") for one in post.get(REMARKED, "").split())
    return {code: key for code, _colon, key in pairs}
