"""The environment that tests run in; loaded by pytest (`-p tests.environment`) before Django's settings are."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests-only-for-tests")
os.environ["PORTAL_ROLE_PREFIX"] = "portal_test"
os.environ["PORTAL_DEMO"] = "1"
os.environ["PORTAL_RATE_LIMITS"] = "0"
os.environ.setdefault("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
