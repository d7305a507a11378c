"""How answers are validated, and how many were left out of each indicator; the counts come with the release."""

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from benchmark.reports.viewmodels_proof import MethodFact, MethodSection
from benchmark.selectors.releases import ReleaseView


def checked_section(language: str, view: ReleaseView | None) -> MethodSection:
    """A part of the method page: what validators do, and what they left out of the newest published edition."""
    with translation.override(language):
        paragraphs = [
            _(
                "Every answer that is handed in is compared with the organisation's own answer of the year before, with"
                " its size and with the other answers. What is unusual is asked about; the organisation explains or"
                " corrects it. A value that is certainly wrong and is not corrected is left out, with a reason that the"
                " organisation can read. Nothing is estimated in its place."
            )
        ]
        if view is None:
            return MethodSection("checked", _("How answers are checked"), tuple(paragraphs))
        counts = {kpi: int(count) for kpi, count in view.manifest.get("excluded", {}).items()}
        names = {item.code: item.name.text(language) for item in view.indicators.items}
        facts = tuple(
            MethodFact(names[kpi], ngettext("%(n)s organisation", "%(n)s organisations", count) % {"n": count})
            for kpi, count in counts.items()
            if kpi in names
        )
        where = {"round": view.round.title, "edition": view.edition}
        if facts:
            paragraphs.append(_("Left out of %(round)s, edition %(edition)s, by indicator:") % where)
        else:
            paragraphs.append(_("No value was left out of %(round)s, edition %(edition)s.") % where)
        return MethodSection("checked", _("How answers are checked"), tuple(paragraphs), facts)
