"""Says at the end how many calls the walk made, also when several processes shared it."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line with the number of calls."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    calls = [value for one in reports for name, value in getattr(one, "user_properties", []) if name == "walk_calls"]
    if calls:
        made, roles = (sum(one[place] for one in calls) for place in (0, 1))
        terminalreporter.write_line(f"house walk: {made:,} calls by {roles} roles")
    canaries = [value for one in reports for name, value in getattr(one, "user_properties", []) if name == "canaries"]
    for organisations, answers, size in canaries:
        terminalreporter.write_line(f"canaries: {size:,} bytes in {answers:,} answers to {organisations} organisations")
