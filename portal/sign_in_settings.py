"""Settings of signing in: allauth, its second factors, sessions and the counters behind the limits."""

import os
from typing import Any

# Per address that is typed, per account and per network. `login_failed` counts an account from one network or one known
# browser, so an attacker elsewhere cannot use up its owner's attempts; `login_failed_by_strangers` bounds what many
# networks together may try on one account, and does not count browsers that signed in before (portal/known_device.py).
# Mails that let somebody in are counted the same way, in portal/mail_limits.py instead of by allauth, which counts the
# address alone: one stranger would shut its owner out.
RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/10m/ip,5/5m/key",
    "login_failed_by_known": "10/5m/key",
    "login_failed_by_strangers": "100/h/key",
    "request_login_code": "",
    "reset_password": "",
    "mail_from_network": "10/5m/ip",
    "mail_from_here": "5/10m/key",
    "mail_by_known": "10/10m/key",
    "mail_by_strangers": "60/h/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "invitation": "30/10m/ip",
    "own_data": "5/h/user",
}

LINKS_LAST = 2 * 60 * 60  # longer than an address is counted: whoever is sent no more has one that works

MFA_FORMS = {
    "authenticate": "portal.forms.factors.CodeForm",
    "authenticate_webauthn": "portal.forms.factors.PasskeyStepForm",
    "login_webauthn": "portal.forms.factors.PasskeyForm",
    "reauthenticate": "portal.forms.factors.ConfirmCodeForm",
    "reauthenticate_webauthn": "portal.forms.factors.ConfirmPasskeyForm",
    "activate_totp": "portal.forms.factors.SetUpAppForm",
    "add_webauthn": "portal.forms.factors.AddPasskeyForm",
    "edit_webauthn": "portal.forms.factors.RenamePasskeyForm",
}


def sign_in_settings(rate_limits: bool, proxied: bool) -> dict[str, Any]:
    """Everything by its Django name. `proxied`: one proxy of ours stands before the portal and names the client."""
    return {
        "ACCOUNT_ADAPTER": "portal.sign_in.ClosedSignUpAdapter",
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",  # addresses are proven by the invitation that was sent there
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": True,  # as a decoy that is never sent: portal/sign_in.py
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_EMAIL_SUBJECT_PREFIX": "",
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_LOGOUT_ON_GET": False,
        "ACCOUNT_LOGIN_BY_CODE_ENABLED": True,
        "ACCOUNT_LOGIN_BY_CODE_TIMEOUT": 10 * 60,
        # allauth's own writes a row for a known address at the first request, which takes time that tells
        "ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR": "portal.password_links.LinkTokens",
        "PASSWORD_RESET_TIMEOUT": LINKS_LAST,
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 10 * 60,
        "ACCOUNT_LOGOUT_REDIRECT_URL": "home",
        "ACCOUNT_FORMS": {
            "confirm_login_code": "portal.forms.factors.MailedCodeForm",
            "request_login_code": "portal.forms.sign_in.AskForCodeForm",
            "reset_password": "portal.forms.sign_in.AskForLinkForm",
        },
        "ACCOUNT_RATE_LIMITS": RATE_LIMITS if rate_limits else False,
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1 if proxied else 0,
        "MFA_ADAPTER": "portal.sign_in.EncryptedFactorsAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_FORMS": MFA_FORMS,
        "MFA_RATE_LIMITS": {"webauthn_login": "20/m/ip"} if rate_limits else False,
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "after_sign_in",
        "SESSION_COOKIE_AGE": 12 * 60 * 60,  # from signing in, however much it is used (portal/sessions.py)
        "SESSION_IDLE_SECONDS": 60 * 60,
        "CACHES": counters(os.environ.get("CACHE_URL", "")),
    }


def counters(url: str) -> dict[str, Any]:
    """The cache, shared by all web processes: attempts, used codes, calls of the API.

    In the database only the login role reaches the table, so no page can. CACHE_URL takes a Redis instead.
    """
    if url:
        return {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}}
    table = {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_counters",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
    return {"default": table}
