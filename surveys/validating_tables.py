"""Tables of validating: the response board, what was found, queries, corrections."""

from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from surveys.models import CheckFinding, Query, Submission
from surveys.selectors.asked import asked_as
from surveys.selectors.findings import FindingTexts
from surveys.selectors.queries import KINDS
from surveys.selectors.response_board import percentage
from surveys.tables import NUMBER, BaseTable


def badge(label: Any, kind: str = "") -> str:
    """The component, for a cell."""
    return render_to_string("components/badge.html", {"label": label, "kind": kind})


def standing(record: Any) -> tuple[Any, str]:
    """Where an organisation is in a round: (label, kind of badge)."""
    if record.is_withdrawn:
        return _("Withdrawn"), ""
    if record.state == Submission.State.SUBMITTED:
        if record.accepted_at and record.accepted_hash == record.content_hash:
            return _("Accepted"), "good"
        return _("Submitted"), "busy"
    if record.state == Submission.State.STARTED:
        return _("Being filled in"), ""
    if record.opened_at:
        return _("Looked"), ""
    written_to = record.invited_at or record.reminded_at
    return (_("Invited"), "") if written_to else (_("Not invited"), "")


class ThemeColumn(tables.Column):
    """How far an organisation is with one theme; the table holds the progress of the rows that are shown."""

    def __init__(self, title: str, section: str) -> None:
        super().__init__(
            title, empty_values=(), orderable=False, attrs={"td": {"class": "num"}, "th": {"class": "end"}}
        )
        self.section = section

    def render(self, record: Any, table: Any) -> str:
        """In percent of what is due."""
        done = table.progress.get(record.submission, {}).get(self.section)
        return "–" if done is None else f"{percentage(done)} %"


class BoardTable(BaseTable):
    """Every organisation of a round; a column for each theme."""

    caption = _("Response by organisation")
    chosen = tables.Column(_("Choose"), empty_values=(), orderable=False)
    name = tables.Column(_("Organisation"), order_by=("name",))
    standing = tables.Column(_("State"), empty_values=(), order_by=("state", "opened_at", "invited_at"))
    submitted_at = tables.DateTimeColumn(verbose_name=_("Submitted"), format="d-m-Y", default="–")
    findings = tables.Column(_("To look at"), attrs=NUMBER)
    queries = tables.Column(_("Queries"), empty_values=(), order_by=("-queries_replied", "-queries_open"), attrs=NUMBER)
    validator_name = tables.Column(_("Validator"), default="–")

    class Meta(BaseTable.Meta):
        empty_text = _("No organisation fits.")
        order_by = ("name",)
        sequence = ("name", "chosen", "standing", "submitted_at", "findings", "queries", "validator_name", "...")

    def __init__(
        self, *args: object, code: str, themes: list[tuple[str, str]], may_assign: bool, **kwargs: object
    ) -> None:
        extra = [(f"theme_{section}", ThemeColumn(title, section)) for section, title in themes]
        self.code = code
        self.progress: dict[int, dict[str, tuple[int, int]]] = {}
        super().__init__(*args, extra_columns=extra, exclude=() if may_assign else ("chosen",), **kwargs)

    def render_chosen(self, record: Any) -> str:
        """A tick for who has answers; its name is read out with it."""
        if record.submission is None:
            return ""
        return format_html(
            '<label class="tick"><input type="checkbox" name="organisation" value="{}">'
            '<span class="visually-hidden">{}</span></label>',
            str(record.pk),
            record.name,
        )

    def render_name(self, record: Any) -> str:
        """Who has answers leads to them."""
        if record.submission is None:
            return str(record.name)
        address = reverse("staff_submission", args=[self.code, record.pk])
        return format_html('<a href="{}">{}</a>', address, record.name)

    def render_standing(self, record: Any) -> str:
        """In words."""
        return badge(*standing(record))

    def render_queries(self, record: Any) -> str:
        """Those that wait for the organisation, and for the foundation."""
        if not record.queries_open and not record.queries_replied:
            return "–"
        replied = _("%(n)s replied") % {"n": record.queries_replied} if record.queries_replied else ""
        return ", ".join(str(part) for part in (record.queries_open or "", replied) if part)


class FindingTable(BaseTable):
    """What the checks found in a round."""

    caption = _("What the checks found")
    organisation = tables.Column(_("Organisation"), order_by=("organisation__name",))
    kind = tables.Column(_("Check"))
    question = tables.Column(_("Question"), orderable=False)
    weight = tables.Column(_("What is unusual"), order_by=("-weight",))

    class Meta(BaseTable.Meta):
        empty_text = _("Nothing was found, or everything was looked at.")
        order_by = ("weight",)
        attrs = {"class": "table table-stack"}

    def __init__(self, *args: object, code: str, texts: FindingTexts, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.code, self.texts = code, texts

    def render_organisation(self, record: CheckFinding) -> str:
        """Leads to the answer."""
        address = reverse("staff_submission", args=[self.code, record.organisation_id])
        at = f"?at={record.question}#a-{record.question}"
        return format_html('<a href="{}{}">{}</a>', address, at, record.organisation.name)

    def render_kind(self, record: CheckFinding) -> str:
        """In words."""
        return badge(record.get_kind_display(), "" if record.dismissed_at or record.query_id else "warn")

    def render_question(self, record: CheckFinding) -> str:
        """The question's text, with the part."""
        if record.kind in (CheckFinding.Kind.CONSISTENCY, CheckFinding.Kind.DUPLICATE):
            return self.texts.label(record.question)
        return self.texts.label(record.column)

    def render_weight(self, record: CheckFinding) -> str:
        """The sentence."""
        return self.texts.view(record).sentence


class QueryTable(BaseTable):
    """The queries of a round."""

    caption = _("Queries")
    organisation = tables.Column(_("Organisation"), order_by=("organisation__name",))
    question = tables.Column(_("Question"), orderable=False)
    state = tables.Column(_("State"))
    asked_at = tables.DateTimeColumn(verbose_name=_("Asked"), format="d-m-Y")
    asked_by = tables.Column(_("By"), default="–", orderable=False)
    reminders = tables.Column(_("Reminders"), attrs=NUMBER)

    class Meta(BaseTable.Meta):
        empty_text = _("There are no queries.")

    def __init__(self, *args: object, code: str, language: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.code, self.language = code, language

    def render_organisation(self, record: Query) -> str:
        """Leads to the answer."""
        address = reverse("staff_submission", args=[self.code, record.organisation_id])
        at = f"?at={record.question}#a-{record.question}"
        return format_html('<a href="{}{}">{}</a>', address, at, record.organisation.name)

    def render_question(self, record: Query) -> str:
        """The question's text."""
        return asked_as(record.submission, record.question, self.language)

    def render_state(self, record: Query) -> str:
        """In words, with how it ended."""
        label = record.get_resolution_display() if record.resolution else record.get_state_display()
        return badge(label, KINDS[Query.State(record.state)])
