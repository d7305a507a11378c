"""Beginning and ending to look along with an organisation (portal/preview.py)."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from portal.access import staff
from portal.active import actor_of
from portal.errors import InvalidInput
from portal.models import Organisation
from portal.preview import start_preview, stop_preview
from portal.roles import PREVIEWING


class ReasonForm(forms.Form):
    """Why somebody looks."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("The organisation reads this in its audit log. Name no people."),
    )


@staff(PREVIEWING, fresh=True)
@require_http_methods(["GET", "POST"])
def staff_preview(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Ask for the reason, then open the organisation's pages."""
    organisation = get_object_or_404(Organisation, pk=organisation_id)
    form, user = ReasonForm(request.POST or None), actor_of(request).user
    if request.method == "POST" and form.is_valid() and user is not None:
        try:
            start_preview(request, organisation, reason=form.cleaned_data["reason"], by=user)
        except InvalidInput as error:
            form.add_error("reason", str(error))
        else:
            return redirect("my_rounds")
    title = _("Look along with %(organisation)s") % {"organisation": organisation.name}
    context = {"form": form, "title": title, "breadcrumbs": [{"label": title}], "back": reverse("staff_organisations")}
    return render(request, "portal/oversight/preview.html", context, status=400 if form.errors else 200)


@staff(PREVIEWING)
@require_POST
def staff_preview_stop(request: HttpRequest) -> HttpResponse:
    """Back to the foundation's own pages."""
    user = actor_of(request).user
    if user is not None:
        stop_preview(request, by=user)
    return redirect("staff_organisations")
