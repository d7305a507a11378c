"""Compiles the translations (.po → .mo) with Babel, so that no machine needs GNU gettext."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.machine import PROJECT, say


def catalogues() -> list[Path]:
    """Every .po file of the project."""
    return sorted((PROJECT / "locale").glob("*/LC_MESSAGES/*.po"))


def compile_messages(*, force: bool = False) -> list[str]:
    """Compile what is older than its source; returns the problems found, each with file and line."""
    problems: list[str] = []
    for source in catalogues():
        target = source.with_suffix(".mo")
        if force or not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            problems += compile_one(source, target)
    return problems


def compile_one(source: Path, target: Path) -> list[str]:
    """Compile one file; entries whose placeholders don't match the original are reported."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    try:
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        return [f"{source.relative_to(PROJECT)}: {error}"]
    problems = [
        f"{source.relative_to(PROJECT)}:{message.lineno}: {error}"
        for message, errors in catalogue.check()
        for error in errors
    ]
    unfinished = target.with_suffix(".mo.unfinished")
    with unfinished.open("wb") as file:
        write_mo(file, catalogue)
    unfinished.replace(target)
    return problems


def main() -> int:
    """Compile all; 1 when a translation is broken."""
    problems = compile_messages(force=True)
    for problem in problems:
        say(problem)
    say(f"{len(catalogues())} message files compiled, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
