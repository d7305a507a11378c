"""Addresses of signing in and of one's own account: allauth's views under our own names and words.

Views for who is signed in say so here (`own`), because allauth's know nothing of portal/access.py.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, re_path

from portal.access import account as for_own_account
from portal.views import own_account, second_step, sign_in_pages
from portal.views.sign_in_link import sign_in_link
from portal.views.sign_out import sign_out

View = Callable[..., HttpResponseBase]


def own(view: View) -> View:
    """A page about one's own account."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return for_own_account(shown)


def if_any(view: View) -> View:
    """A page about a password or factor that one may not have: then the overview says so."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (Http404, PermissionDenied):
            return redirect("mfa_index")

    return for_own_account(shown)


urlpatterns = [
    path("sign-in/", sign_in_pages.login, name="account_login"),
    path("sign-in/code/", sign_in_pages.request_login_code, name="account_request_login_code"),
    path("sign-in/code/confirm/", sign_in_pages.confirm_login_code, name="account_confirm_login_code"),
    path("sign-in/code/link/<slug:code>/", sign_in_link, name="sign_in_link"),
    path("sign-in/passkey/", sign_in_pages.passkey, name="mfa_login_webauthn"),
    path("sign-in/second-step/", mfa.authenticate, name="mfa_authenticate"),
    path("sign-out/", sign_out, name="account_logout"),
    path("sign-up/", account.signup, name="account_signup"),
    path("password/change/", own(account.password_change), name="account_change_password"),
    path("password/set/", own(account.password_set), name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(  # the key holds a hyphen, and begins at the first
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$",
        sign_in_pages.new_password,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/confirm/", if_any(account.reauthenticate), name="account_reauthenticate"),
    path("account/confirm/code/", if_any(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("account/confirm/passkey/", if_any(passkeys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("account/second-step/", second_step.needed, name="second_step"),
    path("account/security/", own(mfa.index), name="mfa_index"),
    path("account/security/sessions/", own_account.sessions, name="my_sessions"),
    path("account/security/sessions/end/", own_account.sessions_end, name="my_sessions_end"),
    path("account/security/data/", own_account.own_data, name="my_data"),
    path("account/security/app/", own(totp.activate_totp), name="mfa_activate_totp"),
    path("account/security/app/remove/", if_any(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("account/security/codes/", if_any(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("account/security/codes/new/", own(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("account/security/codes/file/", if_any(codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("account/security/passkeys/", own(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("account/security/passkeys/add/", own(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("account/security/passkeys/<int:pk>/remove/", own(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
    path("account/security/passkeys/<int:pk>/name/", own(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
]
