"""Forms about organisations and their groups."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.models import Organisation, OrganisationGroup

CODE_HELP = _("Part of files and addresses; it never changes: small letters, digits and hyphens.")


class _GroupChoice(forms.ModelChoiceField):
    def __init__(self) -> None:
        super().__init__(
            queryset=OrganisationGroup.objects.none(),
            required=False,
            label=_("Group"),
            empty_label=str(_("No group")),
            help_text=_("A holding or parent: all its organisations together count as one contributor."),
        )


class OrganisationForm(forms.Form):
    """Name and group of an organisation."""

    name = forms.CharField(label=_("Name"), max_length=200)
    group = _GroupChoice()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = OrganisationGroup.objects.order_by("name")  # type: ignore[attr-defined]


class NewOrganisationForm(OrganisationForm):
    """A new organisation."""

    code = forms.SlugField(label=_("Code"), max_length=60, help_text=CODE_HELP)
    field_order = ("name", "code", "group")


class GroupForm(forms.Form):
    """Name of a group."""

    name = forms.CharField(label=_("Name"), max_length=200)


class NewGroupForm(GroupForm):
    """A new group."""

    code = forms.SlugField(label=_("Code"), max_length=60, help_text=CODE_HELP)


class MergerForm(forms.Form):
    """With which organisation another becomes one."""

    into = forms.ModelChoiceField(
        queryset=Organisation.objects.none(), label=_("Becomes part of"), empty_label=str(_("Choose…"))
    )

    def __init__(self, *args: Any, others: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]
