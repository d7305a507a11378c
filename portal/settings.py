"""Settings, from the environment; each one that production must set says so when it is missing."""

import os
from email.utils import parseaddr
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from portal.celery_settings import broker_settings
from portal.database import database_urls, django_database
from portal.environment import is_production, is_set, refuse_incomplete, report_bucket
from portal.error_reports import start_error_reports
from portal.logs import log_settings
from portal.sign_in_settings import sign_in_settings

BASE_DIR = Path(__file__).resolve().parent.parent


def _flag(name: str, default: bool = False) -> bool:
    return is_set({name: os.environ.get(name, str(default))}, name)


def _listed(name: str, default: str = "") -> list[str]:
    return [one.strip() for one in os.environ.get(name, default).split(",") if one.strip()]


refuse_incomplete(os.environ)
DEBUG = _flag("DEBUG")
DEMO_MODE = _flag("PORTAL_DEMO")
PRODUCTION = is_production(os.environ)
SECRET_KEY = os.environ["SECRET_KEY"]
SECRET_KEY_FALLBACKS = _listed("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = _listed("ALLOWED_HOSTS", "127.0.0.1,localhost")
CSRF_TRUSTED_ORIGINS = _listed("CSRF_TRUSTED_ORIGINS")
PORTAL_DATA_DIR = Path(os.environ.get("PORTAL_DATA_DIR", BASE_DIR / ".run" / "data"))
PORTAL_ROLE_PREFIX = os.environ.get("PORTAL_ROLE_PREFIX", "portal")
PORTAL_RATE_LIMITS = _flag("PORTAL_RATE_LIMITS", True)
PORTAL_SECOND_STEP_FOR_ALL = _flag("PORTAL_SECOND_STEP_FOR_ALL")
BREACHED_PASSWORDS = os.environ.get("BREACHED_PASSWORDS", "")
CLAMD_ADDRESS = os.environ.get("CLAMD_ADDRESS", "")

_login_url, _owner_url = database_urls(
    os.environ["DATABASE_URL"], os.environ.get("DATABASE_OWNER_URL"), SECRET_KEY, PORTAL_ROLE_PREFIX
)
DATABASES = {"default": django_database(_login_url)}
if _replica_url := os.environ.get("DATABASE_REPLICA_URL"):
    _owner = os.environ.get("DATABASE_OWNER_URL")
    _urls = database_urls(_replica_url, _owner, SECRET_KEY, PORTAL_ROLE_PREFIX)
    DATABASES["replica"] = django_database(_urls[0])
    DATABASE_ROUTERS = ["portal.replica.ScopeRouter"]
OWNER_DATABASE = django_database(_owner_url)
_backup_url = os.environ.get("DATABASE_BACKUP_URL")
BACKUP_DATABASE = django_database(_backup_url) if _backup_url else None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "surveys.apps.SurveysConfig",
    "benchmark.apps.BenchmarkConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # its templates, for FORM_RENDERER
    "django_tables2",
    "rest_framework",
    "drf_spectacular",
    "csp",
]

MIDDLEWARE = [
    "portal.request_log.RequestLogMiddleware",  # outermost: names the request, logs and counts it
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.readable.ReadableRequestMiddleware",  # before anything that asks the database
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "portal.middleware.ApiOverTlsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.sessions.SessionLimitsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.PrivateResponsesMiddleware",
    "portal.middleware.TenancyMiddleware",  # innermost: opens the transaction, sets role and tenant
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "portal.passwords.CommonPasswords"},
    {"NAME": "portal.passwords.ContextWords"},
    {"NAME": "portal.breached_passwords.BreachedPasswords"},
]
for _name, _value in sign_in_settings(PORTAL_RATE_LIMITS, _flag("BEHIND_PROXY")).items():
    globals()[_name] = _value

SESSION_ENGINE = "portal.session_store"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_COOKIES = _flag("SECURE_COOKIES", not DEBUG and not DEMO_MODE)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
COOKIE_PREFIX = "__Host-" if SECURE_COOKIES else ""  # browsers take such a cookie from this host alone, over TLS
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # not in a cookie of its own
SECURE_SSL_REDIRECT = _flag("SECURE_SSL_REDIRECT", SECURE_COOKIES)
SECURE_HSTS_SECONDS = 31536000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_COOKIES
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
API_FOR_PROGRAMS = r"^api/v\d+/(?!docs/)"
SECURE_REDIRECT_EXEMPT = [r"^health/", API_FOR_PROGRAMS]  # probes come without TLS; programs are refused without it
if _flag("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'self'"],
    }
}

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Dutch")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", BASE_DIR / "staticfiles"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or DEMO_MODE
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
if os.environ.get("PORTAL_S3_BUCKET"):
    STORAGES["reports"] = report_bucket(os.environ)
WHITENOISE_USE_FINDERS = DEBUG or DEMO_MODE
MEDIA_ROOT = PORTAL_DATA_DIR

_MAIL = "django.core.mail.backends."
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", _MAIL + ("smtp" if PRODUCTION else "filebased") + ".EmailBackend")
EMAIL_FILE_PATH = PORTAL_DATA_DIR / "mail"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = int(os.environ.get("EMAIL_TIMEOUT", "10"))  # a silent mail server must not hold a worker
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "benchmark@example.org")
SECURITY_CONTACT = os.environ.get("SECURITY_CONTACT") or f"mailto:{parseaddr(DEFAULT_FROM_EMAIL)[1]}"

for _name, _value in broker_settings(_login_url, os.environ.get("CELERY_BROKER_URL")).items():
    globals()[f"CELERY_{_name.upper()}"] = _value

DJANGO_TABLES2_TEMPLATE = "django_tables2/portal.html"

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Benchmark of customer interaction",
    "DESCRIPTION": "Published, anonymised figures: rounds, KPIs, peer groups and observations."
    " With a key of its own an organisation can send its answers.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_AUTHENTICATION": [],
}

LOGGING = log_settings(
    os.environ.get("LOG_FORMAT", "json" if PRODUCTION else "line"), os.environ.get("LOG_LEVEL", "INFO")
)
# A demonstration must be there soon: it looks for fewer percentiles.
PROTECTION_EFFORT = int(os.environ.get("PORTAL_PROTECTION_EFFORT", "20" if DEMO_MODE else "100"))
PORTAL_METRICS_TOKEN = os.environ.get("PORTAL_METRICS_TOKEN", "")
if os.environ.get("SENTRY_DSN"):
    start_error_reports(os.environ["SENTRY_DSN"], os.environ.get("SENTRY_ENVIRONMENT", "production"), "portal")

# A file is dropped, not kept, once it is larger than any page takes (portal/uploads.py).
FILE_UPLOAD_HANDLERS = [
    "portal.uploads.LargestUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
