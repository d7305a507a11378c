"""Brings the database up to date in one process: roles, tables, demo content. Prints what the last step prints.

Its arguments are the last step's.
"""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout

STEPS = ("provision_database", "migrate", "demo")


def main() -> None:
    """Run the steps in order; what they say is shown only when it is the last one's or when one fails."""
    import django
    from django.core.management import call_command, get_commands

    django.setup()
    known = get_commands()
    last = ""
    for step in STEPS:
        if step not in known:
            print(f"(there is no `manage.py {step}` yet)", file=sys.stderr)
            continue
        output = io.StringIO()
        try:
            with redirect_stdout(output):
                call_command(step, *(sys.argv[1:] if step == STEPS[-1] else ()), stdout=output)
        except BaseException:
            print(output.getvalue())
            raise
        last = output.getvalue() if step == STEPS[-1] else ""
    print(last)


if __name__ == "__main__":
    main()
