"""The gate on the review page: is everybody proven protected, what does it cost, what stays blank; also as CSV."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from benchmark.charts import number_format
from benchmark.reports.viewmodels_words import count_text
from benchmark.selectors.gate import Advice, Blanks, Gate, KpiGate, advice_of, cell_blanks, gate_of
from benchmark.selectors.releases import ReleaseView, label_peer_group, release_for_review
from benchmark.views.reading import reader_language
from portal.access import staff
from portal.active import actor_of
from portal.models import User
from portal.roles import ANY_STAFF, RUNNING_ROUNDS
from portal.services.jobs import start_job
from portal.spreadsheet import csv_bytes

ADVISE = "benchmark.advise_release"
BLANKS = ("shown", "few", "protection", "percentile", "merged")
COLUMNS = (
    "kpi", "peer_group", "organisations", *BLANKS,
    "claims", "proven", "witnesses", "checked", "information_kept", "same_pattern", "patterns_tried", "seconds",
)  # fmt: skip


@staff(ANY_STAFF)
@require_safe
def staff_release_gate(request: HttpRequest, code: str, edition: int) -> HttpResponse:
    """The gate as CSV: a row per indicator with its proof, then one per peer group with what stays blank."""
    release = _release(request, code, edition)
    gate, blanks = gate_of(release), cell_blanks(release)
    rows: list[tuple[Any, ...]] = []
    for one in gate.kpis:
        same, tried = one.same_pattern or ("", "")
        kept = "" if one.kept is None else round(one.kept, 4)
        proof = (one.claims, one.proven, one.witnesses, one.checked, kept, same, tried, round(one.seconds, 1))
        rows.append((one.kpi, "", "", *_counted(one.blanks), *proof))
        for key, found in blanks[one.kpi].items():
            n = release.tables[one.kpi].groups[key].n_text
            rows.append((one.kpi, key, n, *_counted(found), *[""] * len(proof)))
    response = HttpResponse(csv_bytes(COLUMNS, rows, figures=COLUMNS[3:]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code}-edition-{edition}-gate.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@staff(RUNNING_ROUNDS)
@require_POST
def staff_release_advise(request: HttpRequest, code: str, edition: int) -> HttpResponse:
    """Have a worker try out which merges would keep more."""
    release = _release(request, code, edition)
    by = actor_of(request).user
    job = start_job(
        ADVISE,
        key=f"advice-{release.id}-{release.content_hash[:16]}",
        title=_("Trying out merges of categories for “%(round)s”") % {"round": release.round.title},
        by=by,
        arguments={"round": release.round.pk, "edition": edition, "by": by.pk if by else None},
    )
    back = reverse("staff_release", args=[code, edition])
    return redirect(f"{reverse('staff_job', args=[job.pk])}?next={back}")


def gate_context(release: ReleaseView, language: str, *, may_ask: bool) -> dict[str, Any]:
    """What `benchmark/staff/_gate.html` shows of a release; texts in the active language."""
    gate = gate_of(release)
    return {
        "verdict": _verdict(gate, release, language),
        "tiles": _tiles(gate),
        "kpis": [_kpi_row(one, release, language) for one in gate.kpis],
        "groups": [
            {"label": label_peer_group(one.key, release.questionnaire, language), "n": one.n, **_texts(one.blanks)}
            for one in gate.groups
        ],
        "total": _texts(gate.blanks),
        "blank": count_text(gate.blanks.withheld),
        "advice": _advice(advice_of(release.id), release, language),
        "may_ask": may_ask,
        "csv_url": reverse("staff_release_gate", args=[release.round.code, release.edition]),
    }


def _release(request: HttpRequest, code: str, edition: int) -> ReleaseView:
    user = request.user
    release = release_for_review(code, edition, by=user) if isinstance(user, User) else None
    if release is None:
        raise Http404
    return release


def _counted(blanks: Blanks) -> tuple[int, ...]:
    return tuple(getattr(blanks, name) for name in BLANKS)


def _texts(blanks: Blanks) -> dict[str, str]:
    return {name: count_text(getattr(blanks, name)) for name in BLANKS}


def _verdict(gate: Gate, release: ReleaseView, language: str) -> dict[str, Any]:
    words = {"proven": count_text(gate.proven), "claims": count_text(gate.claims)}
    if not gate.refused and gate.claims:
        return {
            "kind": "good",
            "title": _("Everybody is proven protected: %(proven)s of %(claims)s claims, 100 %%") % words,
            "text": _(
                "A claim says that the value of one organisation for one indicator can be clearly higher, or clearly"
                " lower, than it is, with everything published staying the same to the last letter."
            ),
            "refused": [],
        }
    names = [release.indicators.item(kpi).name.text(language) for kpi in gate.refused]
    return {
        "kind": "bad",
        "title": _("This cannot be published: %(proven)s of %(claims)s claims are proven") % words,
        "text": _(
            "Nothing is published before every claim is proven, and nobody can overrule that. Compute the results once"
            " more. If that does not help, join small categories in the next round, or have the software looked at."
        ),
        "refused": names,
    }


def _tiles(gate: Gate) -> list[dict[str, str]]:
    kept, same = gate.kept, gate.same_pattern
    blanks = gate.blanks
    return [
        {
            "label": _("Claims proven"),
            "value": f"{count_text(gate.proven)} / {count_text(gate.claims)}",
            "note": ngettext("%(n)s witness was checked", "%(n)s witnesses were checked", gate.witnesses)
            % {"n": count_text(gate.witnesses)},
        },
        {
            "label": _("Information kept"),
            "value": "–" if kept is None else _percent(kept),
            "note": _("of the means and ratios that pass the rules by themselves; large groups weigh more"),
        },
        {
            "label": _("Figures shown"),
            "value": count_text(blanks.shown),
            "note": _("%(n)s stay blank") % {"n": count_text(blanks.withheld)},
        },
        {
            "label": _("Same blanks"),
            "value": _percent(same[0] / same[1]) if same else "–",
            "note": _("of %(n)s witnesses that were tried would have left the same figures blank")
            % {"n": count_text(same[1])}
            if same
            else _("Not tried for these results."),
        },
        {
            "label": _("Computing time"),
            "value": _("%(n)s s") % {"n": count_text(round(gate.seconds))},
            "note": _("of one processor, for protection and proof"),
        },
    ]


def _percent(fraction: float) -> str:
    return number_format(reader_language(), 0 if fraction in (0, 1) else 1, "%")(fraction * 100)


def _kpi_row(one: KpiGate, release: ReleaseView, language: str) -> dict[str, Any]:
    return {
        "name": release.indicators.item(one.kpi).name.text(language),
        "url": reverse("staff_release_kpi", args=[release.round.code, release.edition, one.kpi]),
        "proven": f"{count_text(one.proven)} / {count_text(one.claims)}",
        "certified": one.certified,
        "witnesses": count_text(one.witnesses),
        "kept": "–" if one.kept is None else _percent(one.kept),
        "same": "–" if one.same_pattern is None else _percent(one.same_pattern[0] / one.same_pattern[1]),
        "seconds": number_format(language, 1)(one.seconds),
        **_texts(one.blanks),
    }


def _advice(found: Advice | None, release: ReleaseView, language: str) -> dict[str, Any] | None:
    if found is None:
        return None
    dimensions = {one.code: one for one in release.questionnaire.dimensions}
    merges = []
    for one in found.merges:
        dimension = dimensions.get(one["dimension"])
        labels = dimension.labels(language) if dimension else {}
        merges.append(
            {
                "dimension": dimension.label.text(language) if dimension else one["dimension"],
                "categories": _(" or ").join(labels.get(code, code) for code in one["categories"]),
                "gain": _percent(one["gain"] / found.now) if found.now else "–",
                "won": count_text(one["won"]),
                "lost": count_text(one["lost"]),
            }
        )
    return {"merges": merges, "price": _price(found)}


def _price(found: Advice) -> str:
    """What chosen groups cost, as a sentence; "" in a round without."""
    if not found.price or not found.price["without"]:
        return ""
    lost = 1 - found.price["with"] / found.price["without"]
    return _(
        "Offering chosen groups costs %(count)s figures of the fixed groups: %(share)s of the information kept."
    ) % {
        "count": count_text(found.price["given_up"]),
        "share": _percent(max(lost, 0.0)),
    }
