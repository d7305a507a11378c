"""The correction of one submitted answer as its page posts it, and the two answers that it shows when a colleague was
first. Nothing is chosen by pressing once more: only `keep-<question>` says that the other answer was seen.
"""

from dataclasses import replace
from datetime import datetime

from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from surveys.forms.question_fields import Conflict, QuestionField, answer_text, question_field, who_typed
from surveys.forms.typed import KEEP, MARK, NOT_AVAILABLE, Posted, mark_of, read_typing
from surveys.models import Answer, Correction
from surveys.questionnaire import Question
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.shown import shown_typed
from surveys.services.answers import Typing, read_as_row

WAITING = "waiting"  # the posted field: the correction that waited when the page was made, by its number


def read_correction(question: Question, post: QueryDict) -> tuple[Posted, int]:
    """(what was typed, the correction that its person knew to be waiting: 0 is none).

    Who pressed “keep” has seen what stands there by now: a page that comes back starts from that.
    """
    kept = post.get(KEEP + question.code, "")
    mark, _sep, number = kept.partition("/") if kept else (post.get(MARK + question.code, ""), "", "")
    known = number if kept else post.get(WAITING, "")
    typing = read_typing(question, post)
    return Posted(**vars(typing), mark=mark), int(known) if known.isdecimal() and len(known) < 18 else 0


def correction_field(
    sheet: AnswerSheet, question: Question, typing: Posted | None, waiting: Correction | None, reader_id: int
) -> QuestionField:
    """The question as on its theme, with what was posted, or else what waits or stands; without what only that page
    can do: the reason is asked once, below.
    """
    shown = typing
    if shown is None and waiting is not None:
        typed = shown_typed(question, _as_row(question, waiting), sheet.language)  # it may wait in the other language
        shown = Posted(question.code, typed, waiting.status, mark=_mark(sheet, question))
    one = question_field(sheet, question, shown, None, reader_id)
    return replace(one, doubt="", reason="", compared=replace(one.compared, take="", explained=""))


def other_answer(sheet: AnswerSheet, question: Question, waiting: Correction | None, reader_id: int) -> Conflict:
    """What stands there now, or waits for the next edition, beside what the reader is about to correct."""
    row = _as_row(question, waiting) if waiting else sheet.rows.get(question.code) or Answer(question=question.code)
    return Conflict(
        text=answer_text(question, row, replace(sheet, rows={**sheet.rows, question.code: row})) or _("nothing"),
        who=who_typed(row, reader_id),
        at=_moment(row.updated_at),
        typed=shown_typed(question, row, sheet.language),
        absent=row.status == NOT_AVAILABLE,
        mark=f"{_mark(sheet, question)}/{waiting.pk if waiting else 0}",
    )


def _as_row(question: Question, waiting: Correction) -> Answer:
    """A correction that waits, as the answer that it will become."""
    typing = Typing(question.code, waiting.typed, waiting.status)
    row = read_as_row(question, typing, waiting.language) or Answer(question=question.code)
    row.updated_by, row.updated_at = waiting.made_by, waiting.made_at
    return row


def _mark(sheet: AnswerSheet, question: Question) -> str:
    row = sheet.rows.get(question.code)
    return mark_of(row.version if row else 0, shown_typed(question, row, sheet.language), row.status if row else 0)


def _moment(at: datetime | None) -> str:
    if at is None:
        return ""
    here = localtime(at)
    return here.strftime("%H:%M") if here.date() == timezone.localdate() else date_format(here, "j F Y, H:i")
