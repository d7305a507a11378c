"""The environment variables that the portal understands: what each is for, when it must be there, what it looks like.

    refuse_incomplete(os.environ)      # raises ImproperlyConfigured that names everything at once, with how to set it

Pure apart from the exception and a look at files that are named. `docs/operations/settings.md` lists the same
variables; a test compares.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import ImproperlyConfigured

Need = Literal["always", "production", "no"]
Fault = Callable[[str], str]
TRUE = {"1", "true", "yes", "on"}
BROKERS = ("pgmq:", "redis:", "rediss:", "amqp:", "amqps:")


def no_fault(value: str) -> str:
    """Any text will do."""
    return ""


def starts_with(*beginnings: str) -> Fault:
    """It must begin with one of these."""
    return lambda value: "" if value.startswith(beginnings) else f"must begin with {' or '.join(beginnings)}"


def at_least(length: int) -> Fault:
    """It must have so many characters."""
    return lambda value: "" if len(value) >= length else f"must have at least {length} characters"


def whole_number(value: str) -> str:
    """It must be a number such as 25."""
    return "" if value.isdigit() else "must be a whole number"


def origins(value: str) -> str:
    """Each part must be an address with its scheme."""
    wrong = [one for one in value.split(",") if one and not re.match(r"https?://[^/]+$", one)]
    return f"holds {wrong[0]!r}; write https://host, separated by commas" if wrong else ""


def readable_file(value: str) -> str:
    """It must name a file of this machine."""
    return "" if os.path.isfile(value) and os.access(value, os.R_OK) else "must be a file that can be read"


def scanner_address(value: str) -> str:
    """It must be a socket's path or a host with its port."""
    good = re.fullmatch(r"unix:/.+|tcp:(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}", value)
    return "" if good else "must be unix:/path or tcp:host:port"


def one_of(*words: str) -> Fault:
    """It must be one of these words."""
    return lambda value: "" if value in words else f"must be one of {', '.join(words)}"


@dataclass(frozen=True)
class Variable:
    """One environment variable. `fault` says what is wrong with a value, or nothing."""

    name: str
    purpose: str
    example: str
    need: Need = "no"
    fault: Fault = no_fault


VARIABLES = (
    Variable("SECRET_KEY", "signs sessions and links; long, random, the same on every machine",
             "python -c 'import secrets; print(secrets.token_urlsafe(50))'", "always"),
    Variable("SECRET_KEY_FALLBACKS", "former keys, while what they signed and encrypted is still in use; with commas",
             "the key of before, the one before that"),
    Variable("DATABASE_URL", "the login role's database; it owns nothing",
             "postgres://portal_login:password@host/portal", "always", starts_with("postgres://", "postgresql://")),
    Variable("DATABASE_OWNER_URL", "who migrates, backs up and restores; on the machine that does it, nowhere else",
             "postgres://portal_owner:password@host/portal", "no", starts_with("postgres://", "postgresql://")),
    Variable("DATABASE_BACKUP_URL", "a role that row-level security does not bind; on the machine that makes backups",
             "postgres://portal_backup:password@host/portal", "no", starts_with("postgres://", "postgresql://")),
    Variable("DATABASE_REPLICA_URL", "a streaming replica from which public pages and the API read",
             "postgres://portal_login:password@replica/portal", "no", starts_with("postgres://", "postgresql://")),
    Variable("PORTAL_ROLE_PREFIX", "first part of the database roles' names, for clusters that are shared", "portal"),
    Variable("CELERY_BROKER_URL", "how messages travel; empty: through PostgreSQL",
             "redis://host:6379/0", "no", starts_with(*BROKERS)),
    Variable("CACHE_URL", "where attempts to sign in are counted; empty: in PostgreSQL", "redis://host:6379/1"),
    Variable("ALLOWED_HOSTS", "host names under which people reach the portal", "benchmark.example.org", "production"),
    Variable("CSRF_TRUSTED_ORIGINS", "addresses with scheme, when a proxy changes host or port",
             "https://benchmark.example.org", "no", origins),
    Variable("BEHIND_PROXY", "1 when a proxy ends TLS and sets X-Forwarded-Proto and X-Request-ID", "1"),
    Variable("SECURE_COOKIES", "0 only for a trial without TLS", "1"),
    Variable("SECURE_SSL_REDIRECT", "0 when the proxy redirects to https itself", "1"),
    Variable("PORTAL_DATA_DIR", "reports and files under way, for web and workers alike", "/var/lib/portal",
             "production"),
    Variable("STATIC_ROOT", "where collectstatic puts style sheet, fonts and scripts", "/var/lib/portal-static"),
    Variable("EMAIL_HOST", "the mail server that takes our mail", "mail.example.org", "production"),
    Variable("EMAIL_PORT", "its port", "587", "no", whole_number),
    Variable("EMAIL_HOST_USER", "its account, when it asks for one", "portal"),
    Variable("EMAIL_HOST_PASSWORD", "the account's password", "…"),
    Variable("EMAIL_USE_TLS", "1 for STARTTLS", "1"),
    Variable("EMAIL_TIMEOUT", "seconds before a silent mail server counts as down", "10", "no", whole_number),
    Variable("EMAIL_BACKEND", "another way to send mail: a Python path", "django.core.mail.backends.smtp.EmailBackend"),
    Variable("DEFAULT_FROM_EMAIL", "sender of our mail", "Benchmark <benchmark@example.org>", "production"),
    Variable("SECURITY_CONTACT", "where to tell of a weakness; empty: the sender of our mail",
             "mailto:security@benchmark.example.org", "no", starts_with("mailto:", "https://", "tel:")),
    Variable("LOG_LEVEL", "how much is logged", "INFO", "no", one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
    Variable("LOG_FORMAT", "json (one object per line, no values) or line", "json", "no", one_of("json", "line")),
    Variable("PORTAL_METRICS_TOKEN", "switches /metrics on for whoever sends it as a bearer token; needs the extra"
             " `monitoring`", "a random text of 32 characters or more", "no", at_least(32)),
    Variable("SENTRY_DSN", "where errors are reported, without values; needs the extra `monitoring`",
             "https://key@sentry.example.org/1", "no", starts_with("https://", "http://")),
    Variable("SENTRY_ENVIRONMENT", "name of this installation in those reports", "production"),
    Variable("PORTAL_S3_BUCKET", "keeps reports in this S3 bucket instead of PORTAL_DATA_DIR; needs the extra `s3`",
             "portal-reports"),
    Variable("PORTAL_S3_ENDPOINT", "address of an S3-compatible server that is not Amazon's",
             "https://s3.example.org", "no", starts_with("https://", "http://")),
    Variable("PORTAL_S3_REGION", "the bucket's region", "eu-west-1"),
    Variable("BREACHED_PASSWORDS", "a register of stolen passwords, a sorted file of SHA-1 hashes; they are refused",
             "/var/lib/portal/pwned-passwords.txt", "no", readable_file),
    Variable("CLAMD_ADDRESS", "a virus scanner (ClamAV's daemon) that sees every uploaded file first",
             "unix:/run/clamav/clamd.ctl", "no", scanner_address),
    Variable("PORTAL_SECOND_STEP_FOR_ALL", "1 when every participant needs a second step, whatever their organisation"
             " decides", "1"),
    Variable("PORTAL_PROTECTION_EFFORT", "how long is looked for proofs that allow more percentiles to be shown, in"
             " percent of the usual", "100", "no", whole_number),
    Variable("PORTAL_RATE_LIMITS", "0 only in tests: counts no attempts to sign in", "1"),
    Variable("DEBUG", "1 for development only: pages show code and values", "0"),
    Variable("PORTAL_DEMO", "1 for a demonstration with invented organisations and a known password", "0"),
)  # fmt: skip


def is_set(environ: Mapping[str, str], name: str) -> bool:
    """Whether a switch is on."""
    return environ.get(name, "").strip().lower() in TRUE


def is_production(environ: Mapping[str, str]) -> bool:
    """Neither development nor a demonstration."""
    return not is_set(environ, "DEBUG") and not is_set(environ, "PORTAL_DEMO")


def faults(environ: Mapping[str, str]) -> list[str]:
    """One sentence per variable that is missing or cannot be right."""
    production, found = is_production(environ), []
    for one in VARIABLES:
        value = environ.get(one.name, "")
        if not value:
            if one.need == "always" or (one.need == "production" and production and not _replaced(one.name, environ)):
                found.append(f"{one.name} is not set: {one.purpose}. For example: {one.example}")
        elif wrong := one.fault(value):
            found.append(f"{one.name} {wrong}. For example: {one.example}")
    if production and 0 < len(environ.get("SECRET_KEY", "")) < 50:
        found.append("SECRET_KEY must have at least 50 characters in production.")
    return found


def _replaced(name: str, environ: Mapping[str, str]) -> bool:
    """Another mail backend needs no mail server."""
    return name == "EMAIL_HOST" and bool(environ.get("EMAIL_BACKEND"))


def report_bucket(environ: Mapping[str, str]) -> dict[str, Any]:
    """Django's storage for reports in a bucket; keys come from boto's own AWS_… variables or the machine's role."""
    options = {
        "bucket_name": environ["PORTAL_S3_BUCKET"],
        "endpoint_url": environ.get("PORTAL_S3_ENDPOINT") or None,
        "region_name": environ.get("PORTAL_S3_REGION") or None,
        "default_acl": None,  # private
        "file_overwrite": True,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def refuse_incomplete(environ: Mapping[str, str]) -> None:
    """Raise ImproperlyConfigured with everything that is missing or wrong."""
    found = faults(environ)
    if found:
        lines = "\n".join(f"  - {sentence}" for sentence in found)
        raise ImproperlyConfigured(
            f"The portal cannot start with this environment:\n{lines}\nSee docs/operations/settings.md."
        )
