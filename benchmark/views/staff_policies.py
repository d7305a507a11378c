"""The protection policy for staff: its versions, what each changes, which rounds follow it, and changing it by two."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from benchmark.forms.policy import PolicyForm
from benchmark.forms.policy_rules import GROUPS, RULES
from benchmark.reports.viewmodels_words import profile_name
from benchmark.selectors.policies import PolicyPage, policy_pages
from benchmark.services.policies import approve_policy, policy_for, propose_policy, rules_of
from benchmark.views.reading import reader_language
from portal.access import staff
from portal.active import actor_of
from portal.errors import InvalidInput, PortalError
from portal.roles import ANY_STAFF, PUBLISHING
from surveys.models import Round


@staff(ANY_STAFF)
@require_safe
def staff_policies(request: HttpRequest) -> HttpResponse:
    """All versions of all profiles, the newest first."""
    profiles: dict[str, list[dict[str, Any]]] = {}
    rounds = _rounds_by_version()
    for page in policy_pages():
        profiles.setdefault(page.version.profile, []).append(_row(page, rounds))
    context = {
        "profiles": [
            {"code": code, "name": profile_name(code), "about": _about(code), "rows": rows}
            for code, rows in profiles.items()
        ],
        "breadcrumbs": [{"label": _("Protection")}],
    }
    return render(request, "benchmark/staff/policies.html", context)


@staff(ANY_STAFF)
@require_safe
def staff_policy(request: HttpRequest, profile: str, version: int) -> HttpResponse:
    """One version: what it changes against an earlier one (`?against=1`), all rules, who stands behind it."""
    pages = {page.version.version: page for page in policy_pages(profile)}
    if version not in pages:
        raise Http404
    page = pages[version]
    asked = request.GET.get("against", "")
    earlier = [number for number in sorted(pages, reverse=True) if number != version]
    usual = next((number for number in earlier if number < version and not pages[number].is_proposal), None)
    against = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 and int(asked) in earlier else usual
    reader = actor_of(request)
    may_approve = page.is_proposal and reader.foundation_role in PUBLISHING
    context = {
        "page": page,
        "title": _title(page),
        "note": page.version.note,
        "state": _state(page),
        "against": against,
        "others": earlier,
        "changes": _differences(pages[against], page) if against is not None else [],
        "rules": _rules(page),
        "rounds": _rounds_by_version().get((profile, version), []),
        "own_proposal": may_approve and page.version.proposed_by == reader.user,
        "may_approve": may_approve and page.version.proposed_by != reader.user,
        "breadcrumbs": [{"label": _("Protection"), "url": reverse("staff_policies")}, {"label": _title(page)}],
    }
    return render(request, "benchmark/staff/policy.html", context)


@staff(ANY_STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def staff_policy_propose(request: HttpRequest, profile: str) -> HttpResponse:
    """The form with every rule as it is now; sending it makes a version that waits for a second person."""
    pages = [page for page in policy_pages(profile) if page.in_force]
    if not pages:
        raise Http404
    form = PolicyForm(rules_of(pages[0].version).to_dict(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            by = actor_of(request).user
            made = propose_policy(profile, form.changes(), note=form.cleaned_data["note"], by=by)
        except InvalidInput as error:
            form.add_error(None, " ".join([str(error), *error.problems]))
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The change was proposed. A publisher other than you has to approve it."))
            return redirect("staff_policy", profile, made.version)
    context = {
        "form": form,
        "profile": profile,
        "title": _("Propose a change of “%(profile)s”") % {"profile": profile_name(profile)},
        "breadcrumbs": [{"label": _("Protection"), "url": reverse("staff_policies")}, {"label": _("Propose a change")}],
    }
    return render(request, "benchmark/staff/policy_propose.html", context, status=422 if form.errors else 200)


@staff(PUBLISHING)
@require_POST
def staff_policy_approve(request: HttpRequest, profile: str, version: int) -> HttpResponse:
    """Put a proposal of somebody else in force."""
    found = next((one.version for one in policy_pages(profile) if one.version.version == version), None)
    if found is None:
        raise Http404
    try:
        approve_policy(found.pk, by=actor_of(request).user)
    except PortalError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Approved. Rounds that open from now on follow these rules."))
    return redirect("staff_policy", profile, version)


def _title(page: PolicyPage) -> str:
    return _("Policy “%(profile)s”, version %(version)s") % {
        "profile": profile_name(page.version.profile),
        "version": page.version.version,
    }


def _about(profile: str) -> str:
    """What a shipped profile is for; "" for one of the foundation's own."""
    return {
        "standard": _("For ordinary rounds."),
        "official": _("For figures that are used as official statistics: larger groups and stricter certificates."),
        "antitrust": _("For competitors who compare prices, pay or cost: no organisation may weigh heavily in a sum."),
    }.get(profile, "")


def _state(page: PolicyPage) -> dict[str, str]:
    if page.is_proposal:
        return {"label": _("Waits for approval"), "kind": "warn"}
    if page.in_force:
        return {"label": _("In force"), "kind": "good"}
    return {"label": _("Earlier"), "kind": ""}


def _row(page: PolicyPage, rounds: dict[tuple[str, int], list[dict[str, str]]]) -> dict[str, Any]:
    version = page.version
    return {
        "version": version.version,
        "url": reverse("staff_policy", args=[version.profile, version.version]),
        "state": _state(page),
        "proposed_by": _("with the software") if version.is_shipped else str(version.proposed_by),
        "approved_by": "" if version.approved_by is None else str(version.approved_by),
        "approved_at": version.approved_at,
        "note": version.note,
        "changes": ", ".join(str(line["label"]) for line in _changed(page)),
        "rounds": rounds.get((version.profile, version.version), []),
    }


def _changed(page: PolicyPage) -> list[dict[str, Any]]:
    before, after = ({one.rule: getattr(one, side) for one in page.changes} for side in ("before", "after"))
    return _lines(before, after, only={one.rule for one in page.changes})


def _differences(one: PolicyPage, other: PolicyPage) -> list[dict[str, Any]]:
    return _lines(rules_of(one.version).to_dict(), rules_of(other.version).to_dict())


def _lines(before: dict[str, Any], after: dict[str, Any], only: set[str] | None = None) -> list[dict[str, Any]]:
    """The rules that differ, in words."""
    language = reader_language()
    return [
        {
            "label": rule.label,
            "before": rule.written(rule.value(before), language),
            "after": rule.written(rule.value(after), language),
            "confidential": rule.confidential,
        }
        for rule in RULES.values()
        if (only is None or rule.name.partition(".")[0] in only) and rule.value(before) != rule.value(after)
    ]


def _rules(page: PolicyPage) -> list[dict[str, Any]]:
    """Every rule with its value, under the headings of the form."""
    language, rules = reader_language(), rules_of(page.version).to_dict()
    return [
        {
            "title": title,
            "facts": [
                {
                    "key": f"{rule.label} ({_('not published')})" if rule.confidential else rule.label,
                    "value": rule.written(rule.value(rules), language),
                }
                for rule in items
            ],
        }
        for title, items in GROUPS
    ]


def _rounds_by_version() -> dict[tuple[str, int], list[dict[str, str]]]:
    """Rounds that were opened, by the version that they follow."""
    found: dict[tuple[str, int], list[dict[str, str]]] = {}
    rounds = Round.objects.exclude(state=Round.State.DRAFT).select_related("version__questionnaire")
    for one in rounds.order_by("-reference_period", "code"):
        try:
            policy = policy_for(one)
        except PortalError:
            continue
        line = {"label": one.title, "url": reverse("staff_round", args=[one.code])}
        found.setdefault((policy.profile, policy.version), []).append(line)
    return found
