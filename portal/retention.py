"""How long the portal keeps what it no longer needs. The nightly job (`manage.py retention`) removes the rest.

Change a number here to change the policy; each has its reason. Apps add rules for their own tables with
`portal.services.retention.register` in `AppConfig.ready()`.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Keeping:
    """One kind of data: how many days it is kept after the moment that `what` names, and why that long."""

    code: str
    days: int
    what: Any
    why: Any


RULES = (
    Keeping("sessions", 0, _("Sessions, from when they end"), _("An ended session is of no use to anybody.")),
    Keeping("counters", 0, _("Counters of sign-in attempts, from when they end"), _("They only limit what is tried.")),
    Keeping("mail", 90, _("Mails, from when they were sent"), _("Long enough to see whether a mail left.")),
    Keeping("lost_mail", 180, _("Mails that could not be sent, from when they were written"),
            _("Staff must be able to see for whom it went wrong.")),
    Keeping("invitations", 30, _("Invitations, from when they were used, withdrawn or expired"),
            _("An inviter can still see what became of one.")),
    Keeping("jobs", 180, _("Finished and failed work, from when it ended"), _("Half a year of reasons for failures.")),
    Keeping("api_keys", 365, _("API keys, from when they ended"), _("The audit log goes on naming them for longer.")),
    Keeping("audit", 7 * 365, _("The audit log"),
            _("Seven years, as for accounts; only the owner of the database can remove what is older.")),
)  # fmt: skip


def days_kept(code: str) -> int:
    """The days of one rule; KeyError when there is none."""
    return {rule.code: rule.days for rule in RULES}[code]
