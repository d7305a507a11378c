"""What happens with a posted page of answers, with JavaScript or without."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from portal.errors import PortalError
from portal.models import User
from surveys.forms.typed import questions_in, read_reasons, read_typings
from surveys.selectors.answers import AnswerSheet, answer_rows
from surveys.services.answers import Saved, Typing, save_typings, start_submission
from surveys.services.submissions import explain_findings


@dataclass(frozen=True)
class PageSaved:
    """What became of a posted page.

    `sheet` is as it is afterwards. `saved` by question code, of what was touched. `refused` says why nothing was
    stored; then, and where a colleague was first, `overlay` keeps what was typed for the fields.
    """

    sheet: AnswerSheet
    saved: dict[str, Saved] = field(default_factory=dict)
    overlay: dict[str, Typing] = field(default_factory=dict)
    refused: str = ""

    @property
    def conflicts(self) -> bool:
        """Whether a colleague answered one of the questions in the meantime."""
        return any(one.conflict for one in self.saved.values())


def save_page(sheet: AnswerSheet, post: QueryDict, *, by: User | None) -> PageSaved:
    """Store what was touched on a page, and the reasons given. Never raises for what a person typed."""
    changed, everything = read_typings(sheet.file, post)
    overlay = {typing.question: typing for typing in everything}
    if post.get("sheet") != sheet.key:
        refused = _("Nothing was saved: meanwhile you went on with another organisation. Switch back and save again.")
        return PageSaved(sheet, overlay=overlay, refused=refused)
    changed = [typing for typing in changed if typing.question != post.get("theirs")]
    try:
        after, saved = _store(sheet, changed, by)
        reasons = read_reasons(questions_in(sheet.file, post), post)
        after = store_reasons(after, reasons, by=by)
    except PortalError as error:
        return PageSaved(sheet, overlay=overlay, refused=str(error))
    lost = {one.question: overlay[one.question] for one in saved if one.conflict}
    return PageSaved(after, {one.question: one for one in saved}, lost)


def _store(sheet: AnswerSheet, changed: list[Typing], by: User | None) -> tuple[AnswerSheet, list[Saved]]:
    if not changed:
        if sheet.submission is not None and not sheet.rows:
            return replace(sheet, rows=answer_rows(sheet.submission)), []
        return sheet, []
    submission = sheet.submission or start_submission(sheet.organisation, sheet.round, by=by)
    saved, rows = save_typings(submission, changed, by=by, language=sheet.language)
    return replace(sheet, submission=submission, rows=rows), saved


def store_reasons(sheet: AnswerSheet, reasons: Mapping[str, str], *, by: User | None) -> AnswerSheet:
    """Keep the reasons given, by question code, with each soft edit that is shown at that question."""
    by_finding = {
        finding.code: reason.strip()
        for code, reason in reasons.items()
        for finding in sheet.findings_at.get(code, ())
        if finding.needs_reason
    }
    news = {code: reason for code, reason in by_finding.items() if sheet.explanations.get(code, "") != reason}
    if not news or sheet.submission is None:
        return sheet
    explain_findings(sheet.submission, news, by=by)
    return replace(sheet)
