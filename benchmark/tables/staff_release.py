"""The tables of the page on which staff review a release."""

from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

NUMBER = {"td": {"class": "num"}, "th": {"class": "num"}}
WIDE = {"td": {"class": "wide"}, "th": {"class": "wide"}}  # sentences: shares of all answers, reasons


class FigureColumn(tables.Column):
    """A figure, or the reason why it is withheld: anything with `.text` and `.reason`."""

    def render(self, value: Any) -> str:
        """The text, or the one component for a suppressed figure."""
        return render_to_string("components/suppressed.html", {"reason": value.reason}) if value.reason else value.text


class KpiTable(tables.Table):
    """The KPIs of one theme: what the overview will show, and what stays blank."""

    name = tables.Column(verbose_name=_("Indicator"), linkify=lambda record: record.url)
    figure = tables.Column(verbose_name=_("Figure"))
    headline = FigureColumn(verbose_name=_("National"), attrs=WIDE)
    n = tables.Column(verbose_name=_("Organisations"), attrs=NUMBER)
    released = tables.Column(verbose_name=_("Figures shown"), attrs=NUMBER)
    withheld = tables.Column(verbose_name=_("Figures withheld, and why"), attrs=WIDE, empty_values=())
    flagged = tables.Column(verbose_name=_("To look at"), empty_values=())

    class Meta:
        orderable = False


class GroupTable(tables.Table):
    """All peer groups of one KPI; a column per statistic is added by the view."""

    label = tables.Column(verbose_name=_("Peer group"))
    n = tables.Column(verbose_name=_("Organisations"), attrs=NUMBER)

    class Meta:
        orderable = False
