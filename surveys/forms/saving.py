"""What happens with a posted page of answers, with JavaScript or without."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from portal.errors import PortalError
from portal.models import User
from surveys.forms.typed import Posted, PostedReason, questions_in, read_reasons, read_typings
from surveys.selectors.answers import AnswerSheet, rows_with_previous
from surveys.selectors.previous import taken_over
from surveys.selectors.reasons import reason_mark
from surveys.services.answers import Saved, save_typings, start_submission
from surveys.services.reasons import Reason, ReasonKept, give_reasons


@dataclass(frozen=True)
class PageSaved:
    """What became of a posted page.

    `sheet` is as it is afterwards. `saved` by question code, of what was touched. `refused` says why nothing was
    stored; then, and where a colleague was first, `overlay` keeps what was typed for the fields. `elsewhere`
    is the key of the sheet that was posted when it is another one. `kept` by question code: what became of the reasons
    that were written; `reasons` keeps those that were not stored for their fields.
    """

    sheet: AnswerSheet
    saved: dict[str, Saved] = field(default_factory=dict)
    overlay: dict[str, Posted] = field(default_factory=dict)
    refused: str = ""
    elsewhere: str = ""
    kept: dict[str, ReasonKept] = field(default_factory=dict)
    reasons: dict[str, PostedReason] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The sheet that a page with these answers is about: what was typed for another one stays the other one's."""
        return self.elsewhere or self.sheet.key

    @property
    def conflicts(self) -> bool:
        """Whether a colleague answered or explained one of the questions in the meantime."""
        answered = any(one.conflict for one in self.saved.values())
        return answered or any(one.conflict for one in self.kept.values())

    @property
    def unkept(self) -> dict[str, tuple[PostedReason, ReasonKept | None]]:
        """The reasons that were not stored with what became of them, by question code."""
        return {code: (one, self.kept.get(code)) for code, one in self.reasons.items()}

    @property
    def noted(self) -> list[str]:
        """The questions of which a reason explains nothing any more and is in the history alone."""
        return [code for code, one in self.kept.items() if one.noted]

    @property
    def comes_back(self) -> bool:
        """Whether the page holds something that is not stored, and has to be shown again."""
        return bool(self.refused or self.conflicts or self.reasons)


def save_page(sheet: AnswerSheet, post: QueryDict, *, by: User | None) -> PageSaved:
    """Store what was touched on a page, and the reasons given. Never raises for what a person typed."""
    changed, everything = read_typings(sheet.file, post)
    overlay = {typing.question: typing for typing in everything}
    reasons = read_reasons(questions_in(sheet.file, post), post)
    key = post.get("sheet", "")
    if key != sheet.key:
        refused = _("Nothing was saved: meanwhile you went on with another organisation. Switch back and save again.")
        return PageSaved(sheet, overlay=overlay, reasons=reasons, refused=refused, elsewhere=key)
    changed = [typing for typing in changed if typing.question != post.get("theirs")]
    changed = _with_taken(sheet, post, changed, overlay)
    try:
        after, saved = _store(sheet, changed, by)
        lost = {one.question: _beside(overlay[one.question], one) for one in saved if one.conflict}
        wanted = {code: one for code, one in reasons.items() if code not in lost and code != post.get("theirs")}
        kept = store_reasons(after, wanted, {one.question for one in saved}, by=by)
    except PortalError as error:
        return PageSaved(sheet, overlay=overlay, reasons=reasons, refused=str(error))
    unkept = {code: one for code, one in reasons.items() if code in lost or (code in kept and not kept[code].kept)}
    return PageSaved(
        replace(after) if kept else after, {one.question: one for one in saved}, lost, kept=kept, reasons=unkept
    )


def _beside(typing: Posted, saved: Saved) -> Posted:
    """What was typed, with the cells that only a colleague touched as they are by now."""
    return typing if saved.merged is None else replace(typing, typed=saved.merged)


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


def store_reasons(
    sheet: AnswerSheet, reasons: Mapping[str, PostedReason], touched: Collection[str] = (), *, by: User | None
) -> dict[str, ReasonKept]:
    """Keep the reasons that somebody wrote, by question code, with each soft edit that is shown at that question. Where
    there is none by now the reason is kept in the history.

    `touched`: questions that were answered together with these reasons, which are about the new answers then.
    """
    written = []
    for code, posted in reasons.items():
        if not posted.touched:
            continue
        soft = sheet.asked_at(code)
        abouts = {one.code: sheet.about(one) for one in soft}
        concerned = {code, *(question for one in soft for question in one.questions)}
        outdated = not concerned & set(touched) and posted.outdated(reason_mark("", abouts.values()))
        written.append(Reason(code, posted.text, abouts, posted.base, outdated))
    if not written or sheet.submission is None:
        return {}
    return give_reasons(sheet.submission, written, by=by)
