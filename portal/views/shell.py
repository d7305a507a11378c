"""After sign-in, choosing an organisation, and following a job."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from portal.access import participant, signed_in, staff
from portal.active import SESSION_KEY, actor_of
from portal.models import Job
from portal.own_path import own_path
from portal.roles import ANY_STAFF, READING_RESULTS


@signed_in
def after_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a person to where they work: staff to the rounds, participants to their questionnaires."""
    actor = actor_of(request)
    if actor.foundation_role and not actor.memberships:
        return redirect("staff_rounds")
    if actor.organisation is None and actor.memberships:
        return redirect("choose_organisation")
    return redirect("my_rounds" if actor.organisation else "home")


@signed_in
def choose_organisation(request: HttpRequest) -> HttpResponse:
    """List the organisations that the person belongs to; a POST makes one the active organisation."""
    memberships = actor_of(request).memberships
    if request.method == "POST":
        wanted = request.POST.get("organisation", "")
        if any(str(one.organisation_id) == wanted for one in memberships):
            request.session[SESSION_KEY] = int(wanted)
            return redirect("my_rounds")
    return render(request, "portal/organisation/choose.html", {"memberships": memberships})


def _job_page(request: HttpRequest, job_id: int) -> HttpResponse:
    job = get_object_or_404(Job, pk=job_id)
    context = {"job": job, "next_url": own_path(request.GET.get("next", ""))}
    partial = request.headers.get("HX-Request") == "true"
    return render(request, "portal/job/_progress.html" if partial else "portal/job/detail.html", context)


@staff(ANY_STAFF)
@require_GET
def staff_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """A job's progress for staff; htmx asks for the partial until the job has ended."""
    return _job_page(request, job_id)


@participant(READING_RESULTS)
@require_GET
def my_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """A job's progress for the organisation that it belongs to."""
    return _job_page(request, job_id)
