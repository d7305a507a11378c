"""Making an API key."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.models import ApiKey, Organisation
from portal.services.api_keys import LONGEST_DAYS


class ApiKeyForm(forms.Form):
    """What the key is for, what it may do and how long; staff also say for whom."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What will use it, such as “planning system”. No personal names.")
    )
    organisation = forms.CharField(
        label=_("Organisation"), required=False, max_length=60, help_text=_("Its code. Empty: a key for reading only.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("The key may"), choices=ApiKey.Scope.choices, widget=forms.CheckboxSelectMultiple, initial=["read"]
    )
    days = forms.IntegerField(
        label=_("Works for how many days"), min_value=1, max_value=LONGEST_DAYS, initial=365,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, for_staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not for_staff:
            del self.fields["organisation"]

    def clean_organisation(self) -> Organisation | None:
        """The organisation with this code."""
        code = self.cleaned_data["organisation"].strip()
        if not code:
            return None
        found = Organisation.objects.filter(code=code).first()
        if found is None:
            raise forms.ValidationError(_("There is no organisation with this code."))
        return found
