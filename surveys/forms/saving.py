"""What happens with a posted page of answers, with JavaScript or without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from portal.errors import PortalError
from portal.models import User
from surveys.forms.typed import Posted, questions_in, read_reasons, read_typings
from surveys.selectors.answers import AnswerSheet, rows_with_previous
from surveys.selectors.previous import taken_over
from surveys.services.answers import Saved, save_typings, start_submission
from surveys.services.submissions import explain_findings


@dataclass(frozen=True)
class PageSaved:
    """What became of a posted page.

    `sheet` is as it is afterwards. `saved` by question code, of what was touched. `refused` says why nothing was
    stored; then, and where a colleague was first, `overlay` keeps what was typed for the fields. `elsewhere`
    is the key of the sheet that was posted when it is another one.
    """

    sheet: AnswerSheet
    saved: dict[str, Saved] = field(default_factory=dict)
    overlay: dict[str, Posted] = field(default_factory=dict)
    refused: str = ""
    elsewhere: str = ""

    @property
    def key(self) -> str:
        """The sheet that a page with these answers is about: what was typed for another one stays the other one's."""
        return self.elsewhere or self.sheet.key

    @property
    def conflicts(self) -> bool:
        """Whether a colleague answered one of the questions in the meantime."""
        return any(one.conflict for one in self.saved.values())


def save_page(sheet: AnswerSheet, post: QueryDict, *, by: User | None) -> PageSaved:
    """Store what was touched on a page, and the reasons given. Never raises for what a person typed."""
    changed, everything = read_typings(sheet.file, post)
    overlay = {typing.question: typing for typing in everything}
    key = post.get("sheet", "")
    if key != sheet.key:
        refused = _("Nothing was saved: meanwhile you went on with another organisation. Switch back and save again.")
        return PageSaved(sheet, overlay=overlay, refused=refused, elsewhere=key)
    changed = [typing for typing in changed if typing.question != post.get("theirs")]
    changed = _with_taken(sheet, post, changed, overlay)
    try:
        after, saved = _store(sheet, changed, by)
        reasons = read_reasons(questions_in(sheet.file, post), post)
        after = store_reasons(after, reasons, by=by)
    except PortalError as error:
        return PageSaved(sheet, overlay=overlay, refused=str(error))
    lost = {one.question: overlay[one.question] for one in saved if one.conflict}
    return PageSaved(after, {one.question: one for one in saved}, lost)


def _with_taken(sheet: AnswerSheet, post: QueryDict, changed: list[Posted], overlay: dict[str, Posted]) -> list[Posted]:
    """What was changed, with last round's answer where somebody asked to take it over."""
    wanted = [overlay[code] for code in post.getlist("take") if code in overlay]
    if not wanted or sheet.previous.round is None:
        return changed
    before = sheet.previous if sheet.previous.answers else rows_with_previous(None, sheet.previous)[1]
    for typing in wanted:
        typed = taken_over(sheet.file.question(typing.question), before, sheet.lineage, sheet.language)
        if typed is not None:
            overlay[typing.question] = replace(typing, typed=typed, status=0)
    asked = {typing.question for typing in wanted}
    return [one for one in changed if one.question not in asked] + [overlay[one.question] for one in wanted]


def _store(sheet: AnswerSheet, changed: Sequence[Posted], by: User | None) -> tuple[AnswerSheet, list[Saved]]:
    if not changed:
        if sheet.submission is not None and not sheet.rows:
            rows, before = rows_with_previous(sheet.submission, sheet.previous)
            return replace(sheet, rows=rows, previous=before), []
        return sheet, []
    submission = sheet.submission or start_submission(sheet.organisation, sheet.round, by=by)
    stored = save_typings(submission, changed, by=by, language=sheet.language, before=sheet.previous)
    return replace(sheet, submission=submission, rows=stored.rows, previous=stored.before), stored.saved


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
