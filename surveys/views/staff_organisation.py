"""One organisation as the foundation keeps it: name, group, people, merging, withdrawing; and the groups."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from portal.access import staff
from portal.active import actor_of
from portal.errors import PortalError
from portal.models import Organisation, OrganisationGroup
from portal.roles import ANY_STAFF, MANAGING_PEOPLE, RUNNING_ROUNDS
from portal.selectors.people import members_of, open_invitations
from portal.views.member_pages import person_of
from surveys.forms.organisations import GroupForm, MergerForm, NewGroupForm, NewOrganisationForm, OrganisationForm
from surveys.models import Submission
from surveys.services.mergers import Meaning, meaning_of, merge_organisations
from surveys.services.organisations import change_organisation, create_organisation, save_group

Crumbs = list[dict[str, str]]


def _organisation(organisation_id: int) -> Organisation:
    found = Organisation.objects.select_related("group", "merged_into").filter(pk=organisation_id).first()
    if found is None:
        raise Http404
    return found


def _crumbs(organisation: Organisation | None, title: str) -> Crumbs:
    crumbs = [{"label": _("Organisations"), "url": reverse("staff_organisations")}]
    if organisation is not None:
        crumbs.append({"label": organisation.name, "url": reverse("staff_organisation", args=[organisation.pk])})
    return [*crumbs, {"label": title, "url": ""}]


@staff(ANY_STAFF)
@require_GET
def organisation(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """What is known of it, and what this person may do about it."""
    found = _organisation(organisation_id)
    role = actor_of(request).foundation_role
    rounds = Submission.objects.filter(organisation=found).select_related("round").order_by("-round__reference_period")
    context = {
        "organisation": found,
        "may_manage": role in MANAGING_PEOPLE,
        "may_withdraw": role in RUNNING_ROUNDS,
        "members": members_of(found).count(),
        "invited": open_invitations(found).count(),
        "merged": list(found.merged.order_by("name")),
        "rounds": [{"round": one.round, "state": one.get_state_display()} for one in rounds[:20]],
        "breadcrumbs": _crumbs(None, found.name),
    }
    return render(request, "surveys/staff/organisation.html", context)


@staff(MANAGING_PEOPLE)
@require_http_methods(["GET", "POST"])
def organisation_create(request: HttpRequest) -> HttpResponse:
    """A new organisation; its first coordinator is invited next."""
    form = NewOrganisationForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = create_organisation(**form.cleaned_data, by=person_of(request))
        except PortalError as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, _("Made. Invite its coordinator now."))
            return redirect("staff_organisation_people", made.pk)
    title = _("New organisation")
    context = {
        "title": title,
        "form": form,
        "back": reverse("staff_organisations"),
        "breadcrumbs": _crumbs(None, title),
    }
    return render(request, "surveys/staff/form.html", context, status=422 if form.is_bound else 200)


@staff(MANAGING_PEOPLE)
@require_http_methods(["GET", "POST"])
def organisation_change(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Another name or group; what a transfer means stands beside it."""
    found = _organisation(organisation_id)
    form = OrganisationForm(
        request.POST if request.method == "POST" else None, initial={"name": found.name, "group": found.group}
    )
    address = reverse("staff_organisation", args=[found.pk])
    if form.is_bound and form.is_valid():
        try:
            change_organisation(found, **form.cleaned_data, by=person_of(request))
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect(address)
    title = _("Name and group")
    context = {
        "title": title,
        "form": form,
        "back": address,
        "breadcrumbs": _crumbs(found, title),
        "notes": [
            _("Released figures stay, with the groups that they were made with."),
            _("Rounds that are frozen from now on, corrections of earlier ones too, count a group as one contributor."),
            _("Organisations that leave a group still know each other's earlier figures."),
        ],
    }
    return render(request, "surveys/staff/form.html", context, status=422 if form.is_bound else 200)


@staff(MANAGING_PEOPLE)
@require_http_methods(["GET", "POST"])
def organisation_merge(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """First choose with whom (`?into=`), then read what it means, then confirm."""
    found = _organisation(organisation_id)
    others = Organisation.objects.filter(merged_into=None).exclude(pk=found.pk).order_by("name", "code")
    form = MergerForm(request.POST or request.GET or None, others=others)
    into = form.cleaned_data["into"] if form.is_bound and form.is_valid() else None
    problem = ""
    if request.method == "POST" and into is not None:
        if request.POST.get("confirm") != "yes":
            problem = _("Tick the box that says that you read what it means.")
        else:
            try:
                merge_organisations(found, into, by=person_of(request))
            except PortalError as error:
                problem = str(error)
            else:
                done = _("%(one)s is part of %(other)s now.") % {"one": found.name, "other": into.name}
                messages.success(request, done)
                return redirect("staff_organisation", into.pk)
    context: dict[str, Any] = {
        "organisation": found,
        "form": form,
        "into": into,
        "problems": [{"id": "confirm", "message": problem}] if problem else [],
        "breadcrumbs": _crumbs(found, _("Merge")),
    }
    if into is not None:
        meaning = meaning_of(found, into)
        context |= {"meaning": meaning, "consequences": _consequences(found, into, meaning)}
    return render(request, "surveys/staff/merge.html", context, status=422 if request.method == "POST" else 200)


def _consequences(goes: Organisation, stays: Organisation, meaning: Meaning) -> list[str]:
    names = {"one": goes.name, "other": stays.name}
    rounds = ", ".join(one.title for one in meaning.released) or "–"
    both = ", ".join(one.title for one in meaning.both) or "–"
    under_way = ", ".join(one.title for one in meaning.under_way) or "–"
    return [
        _("Released figures stay as they are, to the byte. Rounds that one of the two took part in: %(rounds)s.")
        % {"rounds": rounds},
        _(
            "Where both took part (%(rounds)s), each keeps its own answers. A correction that is made from now on"
            " counts the two as one contributor, so it may show fewer figures."
        )
        % {"rounds": both},
        _("Rounds under way with answers of %(one)s: %(rounds)s. What is handed in stays in; it counts with %(other)s.")
        % {**names, "rounds": under_way},
        _("%(one)s starts nothing new: %(other)s takes part for both.") % names,
        _(
            "The people of %(one)s (%(count)s) work for %(other)s from now on, in the same role,"
            " and still read what was."
        )
        % {**names, "count": meaning.people},
        _("Open invitations of %(one)s (%(count)s) are withdrawn.") % {**names, "count": meaning.invitations},
        _("It cannot be undone.") + " " + _("Whoever knew the figures of the one alone may learn those of the other."),
    ]


@staff(ANY_STAFF)
@require_http_methods(["GET", "POST"])
def groups(request: HttpRequest) -> HttpResponse:
    """All groups with the number of their organisations; a POST makes one."""
    may_manage = actor_of(request).foundation_role in MANAGING_PEOPLE
    form = NewGroupForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = save_group(None, **form.cleaned_data, by=person_of(request))
        except PortalError as error:
            form.add_error("code", str(error))
        else:
            return redirect("staff_group", made.pk)
    title = _("Groups of organisations")
    context = {
        "title": title,
        "form": form,
        "may_manage": may_manage,
        "groups": OrganisationGroup.objects.annotate(count=Count("organisations")).order_by("name"),
        "breadcrumbs": _crumbs(None, title),
    }
    return render(request, "surveys/staff/groups.html", context, status=422 if form.is_bound else 200)


@staff(ANY_STAFF)
@require_http_methods(["GET", "POST"])
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """One group: its name and its organisations."""
    found = OrganisationGroup.objects.filter(pk=group_id).first()
    if found is None:
        raise Http404
    form = GroupForm(request.POST if request.method == "POST" else None, initial={"name": found.name})
    if form.is_bound and form.is_valid():
        try:
            save_group(found, **form.cleaned_data, by=person_of(request))
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect(request.path)
    context = {
        "group": found,
        "form": form,
        "may_manage": actor_of(request).foundation_role in MANAGING_PEOPLE,
        "organisations": found.organisations.order_by("name", "code"),
        "breadcrumbs": [
            *_crumbs(None, "")[:1],
            {"label": _("Groups of organisations"), "url": reverse("staff_groups")},
            {"label": found.name, "url": ""},
        ],
    }
    return render(request, "surveys/staff/group.html", context, status=422 if form.is_bound else 200)
