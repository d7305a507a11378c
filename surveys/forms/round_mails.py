"""The form for invitations and reminders: to whom, and what."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.mail_texts import PLACEHOLDERS
from surveys.selectors.response_board import SHOWN, SILENT
from surveys.services.round_mails import INVITATION, OFFERED, REMINDER, MailText, check_texts

KINDS = ((INVITATION, _("Invitation")), (REMINDER, _("Reminder")))
LIST = "list"  # everybody in the list that the filters of the board give
RECIPIENTS = [(code, SHOWN[code][0]) for code in SILENT]
# The address of a page leads who is not signed in to the sign-in page, which offers this.
BY_MAIL = {
    "nl": "Geen wachtwoord bij de hand? Laat u op de inlogpagina een mail sturen waarmee u verdergaat.",
    "en": "No password at hand? The sign-in page can send you a mail with which you go on.",
}
TEXTS: dict[str, dict[str, MailText]] = {
    INVITATION: {
        "nl": MailText(
            "Uitnodiging: {round}",
            "Beste {person},\n\n{organisation} kan meedoen aan {round}. De vragenlijst staat open tot {deadline}:"
            "\n{address}\n\nWat u invult wordt vanzelf bewaard, en u kunt het met collega's doen.\n\n"
            f"{BY_MAIL['nl']}\n\nMet vriendelijke groet,\n{{sender}}",
        ),
        "en": MailText(
            "Invitation: {round}",
            "Dear {person},\n\n{organisation} can take part in {round}. The questionnaire is open until {deadline}:"
            "\n{address}\n\nWhat you fill in is saved by itself, and colleagues can work on it with you.\n\n"
            f"{BY_MAIL['en']}\n\nKind regards,\n{{sender}}",
        ),
    },
    REMINDER: {
        "nl": MailText(
            "Nog {days_left} dagen: {round}",
            "Beste {person},\n\n{organisation} heeft nog {days_left} dagen voor {round} (tot {deadline}). Beantwoord:"
            " {answered}; nog te doen: {to_answer}.\n{address}\n\n"
            f"{BY_MAIL['nl']}\n\nMet vriendelijke groet,\n{{sender}}",
        ),
        "en": MailText(
            "{days_left} days left: {round}",
            "Dear {person},\n\n{organisation} has {days_left} days left for {round} (until {deadline}). Answered:"
            " {answered}; still to do: {to_answer}.\n{address}\n\n"
            f"{BY_MAIL['en']}\n\nKind regards,\n{{sender}}",
        ),
    },
}


def placeholder_help() -> list[dict[str, Any]]:
    """What may stand in braces, for the page."""
    return [{"key": f"{{{name}}}", "value": PLACEHOLDERS[name][0]} for name in OFFERED]


class RoundMailForm(forms.Form):
    """Texts in both languages; each person gets the mail in their own."""

    kind = forms.ChoiceField(label=_("Kind of mail"), choices=KINDS)
    to = forms.ChoiceField(label=_("To the coordinators of organisations that are"), choices=RECIPIENTS)
    confirmed = forms.MultipleChoiceField(
        label=_("Everybody in this list"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Confirm to how many organisations you write."),
            "invalid_choice": _("The list has changed since you looked: confirm the number once more."),
        },
    )
    subject_nl = forms.CharField(label=_("Subject in Dutch"), max_length=150)
    body_nl = forms.CharField(label=_("Text in Dutch"), widget=forms.Textarea(attrs={"rows": 9}), max_length=5000)
    subject_en = forms.CharField(label=_("Subject in English"), max_length=150)
    body_en = forms.CharField(label=_("Text in English"), widget=forms.Textarea(attrs={"rows": 9}), max_length=5000)

    def __init__(self, *args: Any, listed: tuple[str, int] | None = None, **kwargs: Any) -> None:
        """`listed`: the list that one comes from, in words, and how many in it have not submitted."""
        super().__init__(*args, **kwargs)
        self.listed = []
        if listed is not None:
            name, number = listed
            self.listed = [
                (LIST, _("in this list and have not submitted: %(list)s (%(n)s)") % {"list": name, "n": number})
            ]
            self.order_fields(["kind", "to", "confirmed"])
        self._choose("to", [*self.listed, *RECIPIENTS])
        if listed is None:
            del self.fields["confirmed"]
        else:
            yes = ngettext("Yes, write to %(n)s organisation", "Yes, write to %(n)s organisations", number)
            self._choose("confirmed", [(str(number), yes % {"n": number})])
            self.fields["confirmed"].required = self.data.get("to", LIST) == LIST

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = choices

    def count(self, numbers: dict[str, int]) -> None:
        """Say with each choice of recipients how many organisations it is."""
        self._choose("to", [*self.listed, *((code, f"{label} ({numbers[code]})") for code, label in RECIPIENTS)])

    def texts(self) -> dict[str, MailText]:
        """By language."""
        data = self.cleaned_data
        return {language: MailText(data[f"subject_{language}"], data[f"body_{language}"]) for language in ("nl", "en")}

    def clean(self) -> dict[str, Any]:
        """Placeholders that do not exist are told with their place."""
        data = super().clean() or {}
        if not self.errors:
            for problem in check_texts(self.texts()):
                self.add_error(None, problem)
        return data


def first_texts(kind: str) -> dict[str, str]:
    """What the form begins with."""
    found = {"kind": kind, "to": "not_invited" if kind == INVITATION else "not_submitted"}
    for language, text in TEXTS[kind].items():
        found |= {f"subject_{language}": text.subject, f"body_{language}": text.body}
    return found
