"""A person's data: taking it along and erasing it, by an administrator on the person's request; and by the person."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.access import staff
from portal.active import actor_of
from portal.errors import PortalError
from portal.models import User
from portal.personal_file import personal_zip
from portal.roles import MANAGING_PEOPLE
from portal.selectors.access_report import factors_of
from portal.services.audit import record
from portal.services.personal_data import erase_person, is_erased, left_without_coordinator, person_data
from portal.views.oversight import factor_words


class AddressForm(forms.Form):
    """Whose data."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"))


@staff(MANAGING_PEOPLE)
@require_http_methods(["GET", "POST"])
def staff_people_data(request: HttpRequest) -> HttpResponse:
    """Find a person by address; it is posted, so that no address stands in a log."""
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = User.objects.filter(email__iexact=form.cleaned_data["email"]).first()
        if found is not None:
            return redirect("staff_person_data", found.pk)
        form.add_error("email", _("The portal knows nobody with this address."))
    context = {"form": form, "breadcrumbs": [_start(), {"label": _("Data of a person")}]}
    return render(request, "portal/oversight/people_data.html", context, status=400 if form.errors else 200)


@staff(MANAGING_PEOPLE)
@require_GET
def staff_person_data(request: HttpRequest, user_id: int) -> HttpResponse:
    """Who it is, and what can be done with their data."""
    person = get_object_or_404(User, pk=user_id)
    memberships = person.memberships.select_related("organisation").order_by("organisation__name")
    facts = [
        {"key": _("E-mail address"), "value": person.email},
        {"key": _("Organisations"), "value": ", ".join(f"{one.organisation.name} ({one.get_role_display()})"
         for one in memberships) or _("none")},
        {"key": _("Second factor"), "value": factor_words(factors_of([person.pk]).get(person.pk, ()))},
    ]  # fmt: skip
    context = {
        "person": person,
        "facts": facts,
        "is_erased": is_erased(person),
        "alone": left_without_coordinator(person),
        "breadcrumbs": [_start(), {"label": _("Data of a person"), "url": reverse("staff_people_data")},
                        {"label": str(person)}],
    }  # fmt: skip
    return render(request, "portal/oversight/person_data.html", context)


@staff(MANAGING_PEOPLE, fresh=True)
@require_POST
def staff_person_export(request: HttpRequest, user_id: int) -> HttpResponse:
    """Everything that the portal holds about a person, as a zip."""
    person = get_object_or_404(User, pk=user_id)
    record("person.exported", subject=person, by=actor_of(request).user)
    answer = HttpResponse(personal_zip(person_data(person)), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="person-{person.pk}.zip"'
    return answer


@staff(MANAGING_PEOPLE, fresh=True)
@require_POST
def staff_person_erase(request: HttpRequest, user_id: int) -> HttpResponse:
    """Forget who somebody was, once that is confirmed."""
    person = get_object_or_404(User, pk=user_id)
    if request.POST.get("confirm") != "yes":
        messages.error(request, _("Tick the box that says that this cannot be undone."))
        return redirect("staff_person_data", person.pk)
    try:
        erase_person(person, by=actor_of(request).user)
    except PortalError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("This person is forgotten; what they did now carries a pseudonym."))
    return redirect("staff_person_data", person.pk)


def _start() -> dict[str, str]:
    return {"label": _("Oversight"), "url": reverse("oversight")}
