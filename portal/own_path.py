"""Where to go on to, as an address may say it in `?next=`: only a path of this portal, whatever host it runs under.

Browsers drop tabs and line ends from an address and read a backslash as a slash, so `/<tab>/evil.example` would lead to
evil.example. What holds such a character is no path of ours; neither is another host that we happen to answer to.
"""

import re

from django.utils.http import url_has_allowed_host_and_scheme

ODD = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
LONGEST = 2_000


def own_path(given: str) -> str:
    """The path with its query, or "" when it is anything but a path of this portal."""
    is_path = given.startswith("/") and not given.startswith("//") and len(given) <= LONGEST and not ODD.search(given)
    return given if is_path and url_has_allowed_host_and_scheme(given, None) else ""
