"""Forms about people: invitations, roles, who one is."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import gettext_lazy as _

from portal.roles import FOUNDATION_ROLE_LABELS, MEMBER_ROLE_LABELS, FoundationRole, MemberRole

MEMBER_ROLES = [(str(role), label) for role, label in MEMBER_ROLE_LABELS.items()]
STAFF_ROLES = [(str(role), label) for role, label in FOUNDATION_ROLE_LABELS.items()]
WHAT_THEY_DO = _(
    "A coordinator fills in, submits and manages colleagues; a contributor fills in; a viewer reads results."
)


class InviteForm(forms.Form):
    """An address and the role that it gets in an organisation."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254, widget=forms.EmailInput)
    role = forms.ChoiceField(
        label=_("Role"), choices=MEMBER_ROLES, help_text=WHAT_THEY_DO, initial=str(MemberRole.CONTRIBUTOR)
    )

    def role_given(self) -> MemberRole | FoundationRole:
        """The role that was chosen."""
        return MemberRole(self.cleaned_data["role"])


class InviteStaffForm(InviteForm):
    """An address and the role that it gets at the foundation."""

    role = forms.ChoiceField(label=_("Role"), choices=STAFF_ROLES)

    def role_given(self) -> MemberRole | FoundationRole:
        """The role that was chosen."""
        return FoundationRole(self.cleaned_data["role"])


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=_("Role"), choices=MEMBER_ROLES, help_text=WHAT_THEY_DO)


class StaffRoleForm(forms.Form):
    """Another role at the foundation, or none."""

    role = forms.ChoiceField(label=_("Role at the foundation"), choices=[("", _("None")), *STAFF_ROLES], required=False)


class NewcomerForm(forms.Form):
    """Who accepts an invitation and has no account yet."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = str(password_validators_help_texts()[1])
        without = str(_("Leave it empty to sign in with a code that we mail, or with a passkey that you add later."))
        self.fields["password"].help_text = f"{rule} {without}"
