"""Asking the audit trail."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.audit_words import action_words
from portal.selectors.audit import EARLIEST, LATEST, AuditSearch, known_actions, organisations_meant, people_meant


class AuditSearchForm(forms.Form):
    """Whom, what, where and when; everything may be left open."""

    organisation = forms.CharField(label=_("Organisation"), required=False, max_length=200)
    person = forms.CharField(label=_("Person"), required=False, max_length=200)
    action = forms.ChoiceField(label=_("Action"), required=False)
    since = forms.DateField(label=_("First day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    before = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args: Any, for_staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = sorted(((code, action_words(code)) for code in known_actions()), key=lambda one: one[1].lower())
        self.fields["action"].choices = [("", _("All actions")), *choices]  # type: ignore[attr-defined]
        if not for_staff:
            del self.fields["organisation"]

    def clean(self) -> dict[str, Any]:
        """A period that ends before it begins finds nothing, so it is told."""
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", _("This is before the first day."))
        return given

    def search(self) -> AuditSearch:
        """What was asked; for a valid form."""
        given = self.cleaned_data
        organisation, person = given.get("organisation", "").strip(), given["person"].strip()
        return AuditSearch(
            organisations=organisations_meant(organisation) if organisation else None,
            people=people_meant(person) if person else None,
            action=given["action"],
            since=given["since"],
            until=given["until"],
            before=read_place(given["before"]),
        )


def write_place(place: tuple[datetime, int]) -> str:
    """Where a page begins, as text in an address."""
    return f"{place[0].isoformat()},{place[1]}"


def read_place(text: str) -> tuple[datetime, int] | None:
    """The same, read; None for anything else."""
    at, _comma, pk = text.partition(",")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    is_known = moment.tzinfo and EARLIEST.year <= moment.year <= LATEST.year
    return (moment, int(pk)) if is_known and pk.isascii() and pk.isdigit() and len(pk) < 19 else None
