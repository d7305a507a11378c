"""Tables of the portal's own pages."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from portal.models import Organisation

NUMBER = {"td": {"class": "num"}, "th": {"class": "num"}}


MOST_ROWS = 200


class PagedTable(tables.Table):
    """A table in pages. How long one is may stand in the address, within bounds: not none, and not all there is."""

    def paginate(self, *args: Any, per_page: int | None = None, **kwargs: Any) -> None:
        """As django-tables2."""
        super().paginate(*args, per_page=None if per_page is None else min(max(per_page, 1), MOST_ROWS), **kwargs)


class OrganisationAccessTable(PagedTable):
    """Organisations, each with its access report and a way to look at its pages."""

    caption: Any = _("Organisations")
    name = tables.Column(_("Organisation"))
    people = tables.Column(_("People"), attrs=NUMBER)
    preview = tables.Column(_("Looking along"), empty_values=(), orderable=False)

    class Meta:
        template_name = "django_tables2/portal.html"
        attrs = {"class": "table"}
        empty_text = _("No organisation has this name.")

    def render_name(self, record: Organisation) -> str:
        """The name leads to who has access."""
        return format_html('<a href="{}">{}</a>', reverse("staff_access", args=[record.pk]), record.name)

    def render_preview(self, record: Organisation) -> str:
        """To the page that asks for the reason first."""
        words = _("Look along with %(name)s") % {"name": record.name}
        return format_html('<a href="{}">{}</a>', reverse("staff_preview", args=[record.pk]), words)
