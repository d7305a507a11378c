"""Django settings for tools that only look at the code (mypy, makemigrations --check): no secrets, no database."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-looking-at-the-code")
os.environ.setdefault("PORTAL_DEMO", "1")
os.environ.setdefault("DATABASE_URL", "postgres://nobody@localhost/nothing")

from portal.settings import *  # noqa: F403

DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
