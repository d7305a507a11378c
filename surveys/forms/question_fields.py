"""Questions as the components of the pages want them: one frozen object per question, all texts in one language."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from surveys.forms.compared import Compared, compared_with, last_answer_text
from surveys.forms.computed_shown import ComputedShown, computed_after
from surveys.forms.question_kinds import Kind, kind_of_field
from surveys.forms.remarks import Remarks, remarks_at
from surveys.forms.typed import (
    ABSENT,
    ABSENT_CHOICE,
    ANSWER,
    KEEP,
    KEEP_REASON,
    MARK,
    NOT_AVAILABLE,
    REASON,
    REASON_MARK,
    Posted,
    PostedReason,
    mark_of,
)
from surveys.forms.typed_words import typed_text
from surveys.models import Answer
from surveys.questionnaire import (
    AnswerStatus,
    Question,
    Section,
    Typed,
    format_answer,
    format_number,
    question_type,
)
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.shown import shown_typed
from surveys.services.answers import Saved, Typing
from surveys.services.reasons import ReasonKept

# a reason that was posted and is not stored, and what became of it (None: everything was refused)
Unkept = tuple[PostedReason, ReasonKept | None]


@dataclass(frozen=True)
class Conflict:
    """Somebody else's answer to a question that was changed here too; `mark` is what its question would have."""

    text: str
    who: str
    at: str
    typed: Typed
    absent: bool
    mark: str


@dataclass(frozen=True)
class Explaining:
    """What goes with the field of a reason: its mark, a reason for an earlier answer, why it is not kept, and a
    colleague's reason that was given meanwhile (`mark` of a conflict: what its field would have).
    """

    mark_name: str
    mark: str
    earlier: str = ""
    problem: str = ""
    conflict: Conflict | None = None


@dataclass(frozen=True)
class QuestionField:
    """Everything that `surveys/submission/_question.html` shows of one question."""

    code: str
    component: str
    control: str
    label: str
    hint: str
    definition: str
    unit: str
    value: Typed
    mark: str
    due: bool
    optional: bool
    absent: bool
    may_be_absent: bool
    kind: Kind
    previous: str
    previous_label: str
    compared: Compared
    options: list[dict[str, object]] = field(default_factory=list)
    parts: list[dict[str, str]] = field(default_factory=list)
    total: str = ""
    sum: str = ""
    error: str = ""
    doubt: str = ""
    reason: str = ""
    explaining: Explaining | None = None
    remarks_key: str = ""
    conflict: Conflict | None = None
    changed: str = ""
    history_url: str = ""
    computed: list[ComputedShown] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of the first input; `#q-…` in links."""
        return f"q-{self.code}"

    @property
    def name(self) -> str:
        return ANSWER + self.code

    @property
    def mark_name(self) -> str:
        return MARK + self.code

    @property
    def keep_name(self) -> str:
        """Name of the button that replaces the other answer of a conflict by what the fields hold."""
        return KEEP + self.code

    @property
    def absent_name(self) -> str:
        """Name of the tick box “not available”, empty when the question has none."""
        return ABSENT + self.code if self.may_be_absent else ""

    @property
    def absent_choice(self) -> str:
        """Value of the last radio button, “we do not know this”: only where an answer is required, or this was it."""
        return "" if self.optional and not self.absent else ABSENT_CHOICE

    @property
    def reason_name(self) -> str:
        return REASON + self.code

    @property
    def keep_reason_name(self) -> str:
        """Name of the button that replaces a colleague's reason by what the field holds."""
        return KEEP_REASON + self.code

    @property
    def wrapper(self) -> dict[str, str]:
        """Extra attributes of the question's element."""
        return {"data-field": self.code}


def who_typed(row: Answer, reader_id: int | None) -> str:
    """The person behind a row as the reader knows them."""
    if row.updated_by_id is None:
        return _("the foundation from a file, or a program with your key")
    return _by(row.updated_by_id, row.updated_by, reader_id)


def _by(person_id: int | None, person: object, reader_id: int | None) -> str:
    if person_id is not None and person_id == reader_id:
        return _("you, in another tab or on another device")
    return str(person) if person else _("a former colleague")


def answer_text(question: Question, row: Answer | None, sheet: AnswerSheet) -> str:
    """An answer as people read it, also when it says “not available” or could not be read; empty without one."""
    if row is None:
        return ""
    if not row.is_valid:
        return _("“%(typed)s” (cannot be read)") % {"typed": typed_text(question, row.typed, sheet.language)}
    if row.status == AnswerStatus.NOT_AVAILABLE:
        return _("Not available")
    if row.status == AnswerStatus.NOT_APPLICABLE:
        return _("Not applicable")
    return format_answer(question, sheet.values[question.code], sheet.language)


def section_fields(
    sheet: AnswerSheet,
    section: Section,
    *,
    overlay: Mapping[str, Typing] | None = None,
    saved: Mapping[str, Saved] | None = None,
    reader_id: int | None = None,
    reasons: Mapping[str, Unkept] | None = None,
) -> list[QuestionField]:
    """The fields of a theme. `overlay` and `reasons` are what was posted and not stored, shown instead of what is;
    `saved` what became of a post, for conflicts.
    """
    overlay, saved, reasons = overlay or {}, saved or {}, reasons or {}
    computed = computed_after(sheet, section)
    fields = [
        question_field(sheet, one, overlay.get(one.code), saved.get(one.code), reader_id, reasons.get(one.code))
        for one in section.questions
    ]
    return [replace(one, computed=computed[one.code]) if one.code in computed else one for one in fields]


def question_field(
    sheet: AnswerSheet,
    question: Question,
    typing: Typing | None,
    saved: Saved | None,
    reader_id: int | None,
    unkept: Unkept | None = None,
) -> QuestionField:
    """One question as a field. What was `Posted` is shown with its own mark: nobody has chosen yet."""
    language, row = sheet.language, sheet.rows.get(question.code)
    stored = shown_typed(question, row, language)
    status = row.status if row else 0
    now = mark_of(row.version if row else 0, stored, status)
    value, said = (typing.typed, typing.status) if typing else (stored, status)
    absent, remarks = said == NOT_AVAILABLE, remarks_at(sheet, question)
    kind = kind_of_field(question, value, said, sheet.then(question), language, absent=absent)
    made = QuestionField(
        code=question.code,
        component=kind.component,
        control=kind.control,
        label=sheet.said(question.text),
        hint="\n".join(filter(None, (sheet.said(question.help), kind.example))),
        definition=sheet.said(question.definition),
        unit=question.unit.text(language) if question.unit and question.type != "duration" else "",  # the hint says it
        value=kind.value,
        mark=typing.mark if isinstance(typing, Posted) else now,
        due=question.code in sheet.due,
        optional=not question.required,
        absent=absent,
        may_be_absent=question_type(question).may_be_unavailable,
        kind=kind,
        previous="" if kind.component in ("parts", "matrix") else last_answer_text(sheet, question),
        previous_label=_previous_label(sheet),
        compared=compared_with(sheet, question, stored, remarks.changed, remarks.explained),
        options=kind.options,
        conflict=_conflict(sheet, question, saved, reader_id, now),
    )
    made = made if question.type != "percentage_set" else _with_parts(made, sheet, question, value)
    return _with_remarks(made, question, remarks, unkept, reader_id)


def _with_parts(made: QuestionField, sheet: AnswerSheet, question: Question, value: Typed) -> QuestionField:
    total = format_number(question.total or 100, None, sheet.language)
    return replace(made, parts=_parts(sheet, question, value), total=total, sum=_sum(sheet, question))


def _with_remarks(
    made: QuestionField, question: Question, remarks: Remarks, unkept: Unkept | None, reader_id: int | None
) -> QuestionField:
    return replace(
        made,
        error=remarks.error,
        doubt=remarks.doubt,
        reason=unkept[0].text if unkept else remarks.reason,
        explaining=_explaining(question, remarks, unkept, reader_id),
        remarks_key=remarks.key,
    )


def _explaining(
    question: Question, remarks: Remarks, unkept: Unkept | None, reader_id: int | None
) -> Explaining | None:
    """What goes with the field of a reason; None without a doubt."""
    if not remarks.doubt:
        return None
    posted, kept = unkept or (None, None)
    conflict = None
    if kept is not None and kept.conflict:
        change = kept.change
        who = _by(change.changed_by_id, change.changed_by, reader_id) if change else ""
        at = localtime(change.changed_at).strftime("%H:%M") if change else ""
        conflict = Conflict(kept.other, who, at, "", absent=False, mark=remarks.reason_mark)
    return Explaining(
        REASON_MARK + question.code,
        posted.mark if posted else remarks.reason_mark,
        "" if unkept else remarks.earlier,
        kept.problem if kept else "",
        conflict,
    )


def mark_shown(sheet: AnswerSheet, question: Question, typing: Typing | None) -> str:
    """The mark that `question_field` gives the question."""
    if isinstance(typing, Posted):
        return typing.mark
    row = sheet.rows.get(question.code)
    stored = shown_typed(question, row, sheet.language)
    return mark_of(row.version if row else 0, stored, row.status if row else 0)


def _previous_label(sheet: AnswerSheet) -> str:
    """What stands before last round's own answer: short, because it stands at every question."""
    if sheet.previous.round is None:
        return ""
    year, _dash, month = sheet.previous.round.reference_period.partition("-")
    period = date_format(date(int(year), int(month), 1), "F Y") if month else year
    return _("Last round (%(period)s):") % {"period": period}


def _parts(sheet: AnswerSheet, question: Question, value: Typed) -> list[dict[str, str]]:
    then = sheet.then(question)
    old = then[1].parts if then else {}
    decimals = then[0].decimals if then else None
    typed = value if isinstance(value, dict) else {}
    return [
        {
            "code": part.code,
            "name": f"{ANSWER}{question.code}-{part.code}",
            "label": part.label.text(sheet.language),
            "value": typed.get(part.code, ""),
            "previous": format_number(old[part.code], decimals, sheet.language) if part.code in old else "",
        }
        for part in question.parts or ()
    ]


def _sum(sheet: AnswerSheet, question: Question) -> str:
    answer = sheet.values.get(question.code)
    return format_number(round(sum(answer.parts.values()), 6) if answer else 0, None, sheet.language)


def _conflict(
    sheet: AnswerSheet, question: Question, saved: Saved | None, reader_id: int | None, mark: str
) -> Conflict | None:
    row = saved.conflict if saved else None
    if row is None:
        return None
    return Conflict(
        text=answer_text(question, row, sheet) or _("nothing"),
        who=who_typed(row, reader_id),
        at=localtime(row.updated_at).strftime("%H:%M"),
        typed=shown_typed(question, row, sheet.language),
        absent=row.status == NOT_AVAILABLE,
        mark=mark,
    )
