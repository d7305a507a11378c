"""`make manage CMD="…"`: a management command in the demo's environment, on the demo's database (running or not)."""

from __future__ import annotations

import subprocess
import sys

from scripts.demo_environment import HOME, demo_environment
from scripts.embedded_postgres import environment_with_database
from scripts.machine import PROJECT


def main() -> int:
    """Run manage.py with the given arguments."""
    environment, server = environment_with_database(HOME)
    try:
        command = [sys.executable, "manage.py", *sys.argv[1:]]
        return subprocess.run(command, cwd=PROJECT, env=demo_environment(environment, HOME), check=False).returncode
    except KeyboardInterrupt:
        return 130
    finally:
        if server is not None:
            server.close()


if __name__ == "__main__":
    sys.exit(main())
