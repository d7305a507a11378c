"""Where the database is and as whom we connect; pure functions that settings.py and the bootstrap call.

Two logins: the *owner* migrates (and may create roles); the *login role* is what the web and worker processes use
and has no rights of its own on tenants' data. `DATABASE_OWNER_URL` and `DATABASE_URL` name them. With DATABASE_URL
alone it is the login role's when it names that role, as for web and worker processes in production; any other is taken
as the owner's, and the login role's name and password are derived, which suits a demo and tests.
"""

import hashlib
import hmac
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import dj_database_url

# A database host that is gone without a word is noticed within half a minute; the server notices us likewise, because
# `provision_database` gives the login role the same patience.
PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def derived_password(secret_key: str, prefix: str) -> str:
    """The login role's password where the operator gave none: stable for a secret key, useless without it."""
    return hmac.new(secret_key.encode(), f"database login {prefix}".encode(), hashlib.sha256).hexdigest()[:40]


def with_user(url: str, user: str, password: str) -> str:
    """`url` with another user and password."""
    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1]
    return urlunsplit(parts._replace(netloc=f"{quote(user)}:{quote(password)}@{host}"))


def database_urls(url: str, owner_url: str | None, secret_key: str, prefix: str) -> tuple[str, str]:
    """(login URL, owner URL) from what the operator set; the login's twice where nobody is to be the owner."""
    login = f"{prefix}_login"
    if owner_url or unquote(urlsplit(url).username or "") == login:
        return url, owner_url or url
    return with_user(url, login, derived_password(secret_key, prefix)), url


def django_database(url: str) -> dict[str, Any]:
    """Django's settings for one URL; connections are kept for a minute and checked before use."""
    config: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    config["OPTIONS"] = {"application_name": "portal", **PATIENCE, **config.get("OPTIONS", {})}
    return config
