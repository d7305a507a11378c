"""Texts of a form's field are text: what an author or a participant put there is not read as markup."""

import pytest
from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.template.loader import render_to_string

HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.mark.parametrize("kind", [forms.CharField, forms.BooleanField])
def test_labels_and_hints_are_not_markup(kind: type[forms.Field]) -> None:
    form = type("Form", (forms.Form,), {"one": kind(label=HOSTILE, help_text=HOSTILE, required=False)})()
    assert "<img" not in render_to_string("components/form_field.html", {"field": form["one"]})


def test_the_rules_for_passwords_stay_a_list() -> None:
    form = type("Form", (forms.Form,), {"one": forms.CharField(help_text=password_validators_help_text_html())})()
    assert "<li>" in render_to_string("components/form_field.html", {"field": form["one"]})
