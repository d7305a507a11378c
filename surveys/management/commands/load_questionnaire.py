"""`manage.py load_questionnaire FILE [--dry-run]`: prove a questionnaire file and store it as a new version."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from surveys.management.staff_command import StaffCommand, source_name
from surveys.questionnaire import QuestionChange
from surveys.services.questionnaires import LoadedQuestionnaire, load_questionnaire_file

RELATIONS = {"same": "same series", "equivalent": "equivalent, joined with a note", "broken": "break in the series"}


class Command(StaffCommand):
    """Loads one reviewed file."""

    help = "Validate a questionnaire file and store it as a new, immutable version."

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE and --dry-run."""
        parser.add_argument("file", metavar="FILE", help="YAML file, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="validate and compare only; store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, validate, store, and tell what changed."""
        path = options["file"]
        try:
            text = self.read_bytes(path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise CommandError(
                f"{source_name(path)}: not UTF-8 at byte {error.start}. Save the file as UTF-8."
            ) from error
        with self.acting(options["by"]) as by:
            loaded = load_questionnaire_file(text, source_name(path), by=by, dry_run=options["dry_run"])
        self.stdout.write(first_line(loaded, dry_run=options["dry_run"]))
        for line in difference_lines(loaded):
            self.stdout.write(line)


def first_line(loaded: LoadedQuestionnaire, *, dry_run: bool) -> str:
    """What happened, in one sentence."""
    file = loaded.file
    name = f"{file.questionnaire} {file.version}"
    size = f"{len(file.sections)} sections, {len(file.questions)} questions, {len(file.columns())} columns"
    if not loaded.created:
        return f"{name} is already stored with exactly this content; no new version. ({size})"
    return f"{name} is valid; nothing was stored. ({size})" if dry_run else f"{name} is stored. ({size})"


def difference_lines(loaded: LoadedQuestionnaire) -> list[str]:
    """What changed since the version before, most telling first; nothing for a first version."""
    if loaded.previous is None:
        return []
    kinds = ("added", "removed", "changed", "unchanged")
    counts = {kind: sum(change.change == kind for change in loaded.changes) for kind in kinds}
    lines = [f"Compared with {loaded.previous}: " + ", ".join(f"{counts[kind]} {kind}" for kind in kinds) + "."]
    return lines + [_difference(change) for change in loaded.changes if change.change != "unchanged"]


def _difference(change: QuestionChange) -> str:
    text = f"  {change.change:8} {change.code}"
    if change.previous_code and change.previous_code != change.code:
        text += f" (was {change.previous_code})"
    if change.changed:
        text += f": {', '.join(change.changed)}"
    if change.relation and change.change == "changed":
        text += f" – {RELATIONS[change.relation]}"
    if change.suspect:
        text += " (please confirm: add `same_as` with the relation to the file)"
    return text
