"""How often somebody may have a mail sent to an address that lets its owner in: a code, or a link for a new password.

Anybody can type anybody's address, so no count of strangers may shut the owner out:

- a browser that the owner signed in with before has a count of its own;
- others count per address *and network*, so who asks from elsewhere uses up nothing;
- the address as a whole is bounded for strangers, so that many networks cannot flood a mailbox.

What happens then differs. A code works only in the browser that asked, so that one is told to come back or to take
another way. A link for a new password works everywhere for two hours, so nobody is refused: nothing more is sent,
because one of the links in the mailbox works (LINKS_LAST in sign_in_settings.py is longer than any of these counts).
"""

from typing import Literal

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from portal.known_device import device_of


def may_mail(request: HttpRequest, email: str, what: Literal["code", "link"]) -> bool:
    """Count this wish, and say whether a mail goes. Known and unknown addresses are counted alike."""
    email = email.lower()
    device = device_of(request, email)
    if device:
        buckets = [("mail_by_known", f"{what} {email} {device}")]
    else:
        here = f"{what} {email} {ratelimit.get_ip(request)}"
        buckets = [("mail_from_here", here), ("mail_by_strangers", f"{what} {email}")]
    return all(ratelimit.consume(request, app="allauth.account", action=name, key=key) for name, key in buckets)


def may_ask_at_all(request: HttpRequest, email: str) -> bool:
    """Whether this network asked for mails to fewer addresses than one that tries them out."""
    if device_of(request, email):
        return True
    return bool(ratelimit.consume(request, app="allauth.account", action="mail_from_network"))
