"""Tokens of “Forgot your password?”: Django's, but never of a later moment than now.

A link that comes from the future was made under another clock, and nobody can tell how old it is: on a server whose
clock is three months behind, links of three months would work.
"""

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int

CLOCKS_DIFFER = 60  # seconds


class LinkTokens(PasswordResetTokenGenerator):
    """Django's own tokens, checked for both ends of their time."""

    def check_token(self, user: Any, token: str | None) -> bool:
        """Whether it is this person's, unused, and of the last hours."""
        if not super().check_token(user, token):
            return False
        made = base36_to_int(str(token).partition("-")[0])
        return bool(made <= self._num_seconds(self._now()) + CLOCKS_DIFFER)
