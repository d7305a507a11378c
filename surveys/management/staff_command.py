"""What our commands share: they act as a named staff member, inside the staff scope, and speak English."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from portal.errors import InvalidInput, PortalError
from portal.models import User
from portal.tenancy import staff_scope


class StaffCommand(BaseCommand):
    """A command that does what a staff member could do in the browser."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Every command takes `--by`."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--by", metavar="EMAIL", help="the staff member who acts, for rights and the audit trail")
        return parser

    @contextmanager
    def acting(self, email: str | None) -> Iterator[User | None]:
        """Staff scope, one transaction; errors of services end the command with their text and problems."""
        user = self.find_staff(email) if email else None
        try:
            with translation.override("en"), staff_scope(user.pk if user else 0):
                yield user
        except PortalError as error:
            raise CommandError(described(error)) from error

    def find_staff(self, email: str) -> User:
        """The staff member with this address."""
        with staff_scope():
            user = User.objects.filter(email=email.lower(), is_active=True).exclude(foundation_role="").first()
        if user is None:
            raise CommandError(f"--by {email}: no active staff member has this address.")
        return user

    def read_bytes(self, path: str) -> bytes:
        """The content of a file; `-` is standard input."""
        try:
            return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from error


def described(error: PortalError) -> str:
    """The error's sentence with its problems, one on each line."""
    problems = error.problems if isinstance(error, InvalidInput) else []
    return "\n".join([str(error), *(f"  {problem}" for problem in problems)])


def source_name(path: str) -> str:
    """How messages name a file."""
    return "standard input" if path == "-" else path
