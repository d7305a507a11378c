"""Passwords that were stolen elsewhere are refused, where the operator keeps the register of them (BREACHED_PASSWORDS).

The register is a text file with a line per password, sorted: its SHA-1 as 40 hexadecimal digits, and what follows a
colon is left alone. So the portal asks nobody, and no part of a password leaves it; finding a line in a file of fifty
gigabytes takes some forty reads.
"""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

DIGITS = 40
LONGEST_LINE = 200


def is_listed(password: str, register: Path) -> bool:
    """Whether the register holds this password. Raises OSError when it cannot be read."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with register.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while low < high:
            middle = (low + high) // 2
            if _line_from(file, middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return _line_from(file, low) == wanted


def _line_from(file: Any, at: int) -> bytes:
    """The digits of the first line that begins at this byte or later; beyond the last one what is after every digit."""
    file.seek(max(at - 1, 0))
    if at:
        file.readline(LONGEST_LINE)
    digits: bytes = file.readline(LONGEST_LINE)[:DIGITS].strip().upper()
    return digits or b"~"


class BreachedPasswords:
    """Refuses passwords of the register (settings.AUTH_PASSWORD_VALIDATORS); without one it refuses nothing."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for one that is known to be stolen."""
        if settings.BREACHED_PASSWORDS and is_listed(password, Path(settings.BREACHED_PASSWORDS)):
            raise ValidationError(
                _("This password was stolen from another site and is tried everywhere. Choose another one."),
                code="breached",
            )

    def get_help_text(self) -> str:
        """What a password page says beforehand."""
        return _("Not a password that was stolen elsewhere.") if settings.BREACHED_PASSWORDS else ""
