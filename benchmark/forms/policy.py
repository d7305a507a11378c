"""The form in which staff propose a change of the protection policy: a field per rule, with what it does."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from benchmark.forms.policy_rules import GROUPS, RULES, Rule
from surveys.questionnaire.numbers import NumberError, parse_decimal


def _language() -> str:
    return "en" if (get_language() or "nl").startswith("en") else "nl"


class RuleField(forms.CharField):
    """One rule. What was typed stays as it is; `clean` gives the value as the policy stores it."""

    def __init__(self, rule: Rule) -> None:
        label = f"{rule.label} (%)" if rule.kind == "percentage" else rule.label
        super().__init__(label=label, help_text=rule.text, max_length=40)
        self.rule = rule
        self.widget.attrs |= {"inputmode": "text" if rule.kind == "list" else "decimal", "autocomplete": "off"}

    def clean(self, value: Any) -> Any:
        """The value, or ValidationError in the reader's language."""
        text = super().clean(value)
        if self.rule.kind == "list":
            numbers = [self._whole(part) for part in text.replace(";", ",").split(",") if part.strip()]
            if numbers != sorted(set(numbers)) or not numbers:
                raise ValidationError(_("Write whole numbers from small to large, each once."))
            return numbers
        if self.rule.kind == "count":
            return self._whole(text)
        number = self._number(text)
        return round(number / 100, 8) if self.rule.kind == "percentage" else number

    def _whole(self, text: str) -> int:
        number = self._number(text)
        if number != int(number):
            raise ValidationError(_("Write a whole number."))
        return int(number)

    def _number(self, text: str) -> float:
        try:
            number = float(parse_decimal(text.replace("%", ""), _language()))
        except NumberError:
            raise ValidationError(_("This is not a number. Write it in digits, such as 5 or 12.5.")) from None
        if not self.rule.least <= number <= self.rule.most:
            limits = {name: RuleField._plain(getattr(self.rule, name)) for name in ("least", "most")}
            raise ValidationError(_("Write a number from %(least)s to %(most)s.") % limits)
        return number

    @staticmethod
    def _plain(number: float) -> str:
        text = f"{number:g}" if number < 1e5 else f"{number:.0f}"
        return text.replace(".", ",") if _language() == "nl" else text


class PolicyForm(forms.Form):
    """Every rule of one profile as it is now, and why it changes. Nothing that was typed is lost by an error."""

    note = forms.CharField(
        label=gettext_lazy("Why do the rules change?"),
        help_text=gettext_lazy("Whoever approves reads this, and so does everybody later who asks why."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )

    def __init__(self, rules: Mapping[str, Any], data: Any = None) -> None:
        super().__init__(data)
        self.rules = rules
        for rule in RULES.values():
            self.fields[rule.field] = RuleField(rule)
            self.initial[rule.field] = rule.typed(rule.value(rules), _language())
        self.order_fields([*(rule.field for rule in RULES.values()), "note"])

    def groups(self) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
        """The fields under their headings."""
        for title, rules in GROUPS:
            yield title, [{"field": self[rule.field], "confidential": rule.confidential} for rule in rules]

    def clean(self) -> dict[str, Any]:
        """What must fit together, said at the field that has to change."""
        cleaned: dict[str, Any] = self.cleaned_data
        order = (
            ("p", "p_sensitive", _("This must not be less than “%(other)s”.")),
            ("coalition", "coalition_large", _("This must not be less than “%(other)s”.")),
            ("min_contributors", "min_contributors_signed", _("This must not be less than “%(other)s”.")),
            ("largest_share", "two_largest_share", _("This must not be less than “%(other)s”.")),
            ("quantile_digits", "digits", _("This must not be less than “%(other)s”.")),
        )
        for small, large, message in order:
            if small in cleaned and large in cleaned and cleaned[large] < cleaned[small]:
                self.add_error(large, message % {"other": RULES[small].label})
        for few, many in (("coalition", "min_contributors"), ("coalition_large", "coalition_from")):
            if few in cleaned and many in cleaned and cleaned[few] >= cleaned[many] - 1:
                words = {"other": RULES[many].label}
                self.add_error(few, _("So many would be nearly everybody: take fewer, or raise “%(other)s”.") % words)
        return cleaned

    def changes(self) -> dict[str, Any]:
        """The rules that differ from the profile as it is now, as `propose_policy` takes them."""
        found: dict[str, Any] = {}
        for rule in RULES.values():
            value = self.cleaned_data[rule.field]
            if value == rule.value(self.rules):
                continue
            name, _dot, key = rule.name.partition(".")
            if key:
                found[name] = {**self.rules[name], **found.get(name, {}), key: value}
            else:
                found[name] = value
        return found
