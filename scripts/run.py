"""Door for make: checks the Python version, prepares the virtual environment, goes on inside it.

    python3 scripts/run.py venv            only the virtual environment (with the development tools)
    python3 scripts/run.py demo            the portal with demo content
    python3 scripts/run.py test|lint|...   see scripts/check.py
    python3 scripts/run.py manage ARGS     a management command against the demo's database

The syntax of this one file stays old on purpose: an old Python must get as far as the message that it is too old.
"""

import os
import shutil
import sys

OLDEST = (3, 11)
NEWEST = (3, 14)
PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# What runs inside the virtual environment, and whether it needs the development tools.
COMMANDS = {
    "venv": ("", True),
    "demo": ("scripts.demo", False),
    "manage": ("scripts.manage", False),
    "messages": ("scripts.messages", False),
    "check": ("scripts.check", True),
    "python": ("", True),
}


def supported(version):
    return OLDEST <= tuple(version[:2]) <= NEWEST


def go_on_with_a_supported_python():
    """Replace this process by a supported Python when one lies beside this one; otherwise say what to install."""
    if supported(sys.version_info):
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which("python3.%d" % minor)
        if other and os.environ.get("PORTAL_PYTHON_TRIED") != other:
            os.environ["PORTAL_PYTHON_TRIED"] = other
            os.execv(other, [other, os.path.abspath(__file__)] + sys.argv[1:])
    sys.exit(
        "This is Python %d.%d; the portal needs Python %d.%d to %d.%d.\n"
        "On Debian 12, Ubuntu 24.04 or newer: apt-get install python3 python3-venv\n"
        "or name another one: make demo PYTHON=/path/to/python3.12"
        % (sys.version_info[0], sys.version_info[1], OLDEST[0], OLDEST[1], NEWEST[0], NEWEST[1])
    )


def main(arguments):
    if not arguments or arguments[0] not in COMMANDS:
        sys.exit("%s\nCommands: %s" % (__doc__, ", ".join(sorted(COMMANDS))))
    go_on_with_a_supported_python()
    os.chdir(PROJECT)
    sys.path.insert(0, PROJECT)
    from scripts.virtual_environment import ensure_environment

    module, development = COMMANDS[arguments[0]]
    python = ensure_environment(development=development)
    rest = arguments[1:]
    if module:
        rest = ["-m", module] + rest
    elif arguments[0] == "venv":
        return
    os.execv(python, [python] + rest)


if __name__ == "__main__":
    main(sys.argv[1:])
