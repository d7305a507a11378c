"""Forms of the foundation's pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from surveys.models import Round
from surveys.selectors.rounds import questionnaire_versions

MOMENTS = ["%Y-%m-%dT%H:%M", "%d-%m-%Y %H:%M", "%d-%m-%Y"]


class RoundForm(forms.ModelForm):
    """A new round. What must fit together is the service's business (`create_round`)."""

    closes_at = forms.DateTimeField(
        label=_("Closes"),
        required=False,
        input_formats=MOMENTS,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text=_("After this moment no answers are accepted. Leave it open to close the round by hand."),
    )

    class Meta:
        model = Round
        fields = ("title_nl", "title_en", "code", "version", "reference_period", "closes_at", "two_signatures")
        labels = {"version": _("Questionnaire")}
        help_texts = {
            "code": _("Part of the address: small letters, digits and hyphens, such as national-2026."),
            "reference_period": _("The year or month that the answers are about: 2026, or 2026-01."),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["version"].empty_label = _("Choose…")  # type: ignore[attr-defined]
        self.fields["version"].queryset = questionnaire_versions()  # type: ignore[attr-defined]
