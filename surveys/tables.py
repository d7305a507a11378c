"""Tables of the foundation's pages."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from portal.models import Organisation
from portal.tables import PagedTable
from surveys.models import QuestionnaireVersion, Round, Submission

NUMBER = {"td": {"class": "num"}, "th": {"class": "num"}}


class BaseTable(PagedTable):
    """What all tables share: a caption for screen readers, and no second pagination in the same address."""

    caption: Any = ""

    class Meta:
        template_name = "django_tables2/portal.html"
        attrs = {"class": "table"}


class RoundTable(BaseTable):
    """All rounds."""

    caption = _("Rounds")
    title = tables.Column(_("Round"), orderable=False, empty_values=())
    version = tables.Column(_("Questionnaire"), order_by=("version__questionnaire__code", "version__version"))
    reference_period = tables.Column(_("Period"))
    state = tables.Column(_("State"))
    edition = tables.Column(_("Edition"), attrs=NUMBER)
    started_count = tables.Column(_("Being filled in"), attrs=NUMBER)
    submitted_count = tables.Column(_("Submitted"), attrs=NUMBER)

    class Meta(BaseTable.Meta):
        empty_text = _("There are no rounds yet.")

    def render_title(self, record: Round) -> str:
        """The title leads to the round."""
        return format_html('<a href="{}">{}</a>', reverse("staff_round", args=[record.code]), record.title)

    def render_version(self, record: Round) -> str:
        """The title of the questionnaire, in the reader's language."""
        version = record.version
        return version.title_en if (get_language() or "nl").startswith("en") else version.title_nl

    def render_state(self, record: Round) -> str:
        """In words."""
        return str(record.get_state_display())


class ResponseTable(BaseTable):
    """The organisations that take part in a round."""

    caption = _("Response by organisation")
    organisation = tables.Column(_("Organisation"), order_by=("organisation__name",))
    group = tables.Column(_("Group"), accessor="organisation__group", default="–")
    state = tables.Column(_("State"))
    source = tables.Column(_("Came in"))
    answers_given = tables.Column(_("Questions answered"), attrs=NUMBER)
    submitted_at = tables.DateTimeColumn(verbose_name=_("Submitted at"), format="d-m-Y H:i", default="–")

    class Meta(BaseTable.Meta):
        empty_text = _("No organisation has started yet.")
        order_by = ("organisation",)

    def __init__(self, *args: object, code: str, total: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.code, self.total = code, total

    def render_organisation(self, record: Submission) -> str:
        """The name leads to what the organisation answered."""
        address = reverse("staff_submission", args=[self.code, record.organisation_id])
        return format_html('<a href="{}">{}</a>', address, record.organisation.name)

    def render_answers_given(self, value: int) -> str:
        """Of how many questions."""
        return ngettext("%(given)s of %(count)s", "%(given)s of %(count)s", self.total) % {
            "given": value,
            "count": self.total,
        }

    def render_state(self, record: Submission) -> str:
        """In words; who withdrew has no other state."""
        return str(_("Withdrawn") if getattr(record, "is_withdrawn", False) else record.get_state_display())

    def render_source(self, record: Submission) -> str:
        """In words."""
        return str(record.get_source_display())


class QuestionnaireTable(BaseTable):
    """All stored versions."""

    caption = _("Questionnaires")
    title = tables.Column(_("Questionnaire"), empty_values=(), orderable=False)
    version = tables.Column(_("Version"))
    loaded_at = tables.DateTimeColumn(verbose_name=_("Stored"), format="d-m-Y H:i")
    loaded_by = tables.Column(_("By"), default="–")
    content_hash = tables.Column(_("Fingerprint"), orderable=False)

    class Meta(BaseTable.Meta):
        empty_text = _("No questionnaire has been loaded yet.")

    def __init__(self, *args: object, language: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.language = language

    def render_title(self, record: QuestionnaireVersion) -> str:
        """The title leads to the questions."""
        address = reverse("staff_questionnaire", args=[record.questionnaire.code, record.version])
        title = record.title_nl if self.language == "nl" else record.title_en
        return format_html('<a href="{}">{}</a>', address, title)

    def render_content_hash(self, value: str) -> str:
        """The beginning is enough to compare by eye."""
        return format_html('<code title="{}">{}</code>', value, value[:12])


class OrganisationTable(BaseTable):
    """All organisations."""

    caption = _("Organisations")
    name = tables.Column(_("Organisation"))
    code = tables.Column(_("Code"))
    group = tables.Column(_("Group"), default="–", order_by=("group__name",))
    dimensions = tables.Column(_("Peer groups"), orderable=False, empty_values=(), attrs={"td": {"class": "wide"}})
    member_count = tables.Column(_("Members"), attrs=NUMBER)
    withdraw = tables.Column(_("Taking part"), orderable=False, empty_values=())

    class Meta(BaseTable.Meta):
        empty_text = _("No organisation fits.")

    def __init__(
        self,
        *args: object,
        labels: dict[str, tuple[str, dict[str, str]]],
        may_withdraw: bool = False,
        **kwargs: object,
    ) -> None:
        hidden = {} if may_withdraw else {"exclude": ("withdraw",)}
        super().__init__(*args, **hidden, **kwargs)
        self.labels = labels

    def render_name(self, record: Organisation) -> str:
        """The name leads to the organisation."""
        return format_html('<a href="{}">{}</a>', reverse("staff_organisation", args=[record.pk]), record.name)

    def render_withdraw(self, record: Organisation) -> str:
        """Leads to the page where staff note that an organisation withdrew."""
        address = reverse("staff_withdrawal", args=[record.pk])
        label = _("Withdrew") if getattr(record, "withdrawal_count", 0) else _("Withdraw")
        hidden = format_html('<span class="visually-hidden">: {}</span>', record.name)
        return format_html('<a href="{}">{}{}</a>', address, label, hidden)

    def render_dimensions(self, record: Organisation) -> str:
        """“Sector: Public sector · Size: Large”, in the order of the questionnaires."""
        parts = [
            f"{label}: {options.get(record.dimensions[code], record.dimensions[code])}"
            for code, (label, options) in self.labels.items()
            if record.dimensions.get(code)
        ]
        return " · ".join(parts) or "–"
