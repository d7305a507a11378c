"""The WSGI application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from portal.guard import guard_connections  # noqa: E402  the apps must be loaded
from portal.readable import Utf8Request  # noqa: E402

application.request_class = Utf8Request

guard_connections()
gc.freeze()  # what is loaded by now stays: looking through it for garbage took a twentieth of each request
