"""`manage.py load_questionnaire FILE [--dry-run]`: prove a questionnaire file and store it as a new version.

A version that ends a series or leaves an indicator without its questions is stored only with `--break NAME` for each.
"""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from surveys.management.staff_command import StaffCommand, source_name
from surveys.questionnaire import QuestionChange
from surveys.services.questionnaires import LoadedQuestionnaire, Unconfirmed, load_questionnaire_file

RELATIONS = {"same": "same series", "equivalent": "equivalent, joined with a note", "broken": "break in the series"}


class Command(StaffCommand):
    """Loads one reviewed file."""

    help = "Validate a questionnaire file and store it as a new, immutable version."

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE and --dry-run."""
        parser.add_argument("file", metavar="FILE", help="YAML file, or - for standard input")
        parser.add_argument(
            "--break",
            dest="breaks",
            action="append",
            default=[],
            metavar="NAME",
            help="confirm that this version ends the series of question NAME, or leaves indicator NAME without inputs",
        )
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
            try:
                loaded = load_questionnaire_file(
                    text, source_name(path), by=by, dry_run=options["dry_run"], confirmed=options["breaks"]
                )
            except Unconfirmed as error:
                for line in [*proof_lines(error.loaded), *difference_lines(error.loaded)]:
                    self.stdout.write(line)
                raise
        for line in [
            first_line(loaded, dry_run=options["dry_run"]),
            *proof_lines(loaded),
            *difference_lines(loaded),
            *confirm_lines(loaded, options["breaks"]),
        ]:
            self.stdout.write(line)


def first_line(loaded: LoadedQuestionnaire, *, dry_run: bool) -> str:
    """What happened, in one sentence."""
    file = loaded.file
    name = f"{file.questionnaire} {file.version}"
    size = f"{len(file.sections)} sections, {len(file.questions)} questions, {len(file.columns())} columns"
    if not loaded.created:
        return f"{name} is already stored with exactly this content; no new version. ({size})"
    return f"{name} is valid; nothing was stored. ({size})" if dry_run else f"{name} is stored. ({size})"


def proof_lines(loaded: LoadedQuestionnaire) -> list[str]:
    """What the compiler proved, and what it did not."""
    proof, file = loaded.proof, loaded.file
    if proof is None:
        return []
    hard = sum(check.kind == "hard" for check in file.checks)
    asked = sum(question.code in proof.asked for question in file.questions)
    lines = [
        f"Proven by {proof.witnesses} example submissions: {asked} of {len(file.questions)} questions can be asked and"
        f" answered with no hard edit left, {len(proof.checks)} of {hard} hard checks can be met.",
        f"Every text is there in {' and '.join(file.languages)}.",
    ]
    return lines + [
        f"  not proven: {name} (too many or no linear conditions; answer it once by hand)" for name in proof.open
    ]


def confirm_lines(loaded: LoadedQuestionnaire, given: list[str]) -> list[str]:
    """What would still have to be confirmed; only a dry run gets so far without it."""
    sentences = [f"  {sentence}" for name, sentence in loaded.missed if name not in given]
    names = [name for name in loaded.to_confirm if name not in given] if loaded.version is None else []
    asked = ["Storing it needs " + " ".join(f"--break {name}" for name in names)] if names else []
    return [*sentences, *asked]


def difference_lines(loaded: LoadedQuestionnaire) -> list[str]:
    """What changed since the version before, most telling first; nothing for a first version."""
    if loaded.previous is None:
        return []
    kinds = ("added", "removed", "changed", "unchanged")
    counts = {kind: sum(change.change == kind for change in loaded.changes) for kind in kinds}
    lines = [f"Compared with {loaded.previous}: " + ", ".join(f"{counts[kind]} {kind}" for kind in kinds) + "."]
    lines += [_difference(change) for change in loaded.changes if change.change != "unchanged"]
    return lines + [f"  {one.change:8} {one.kind} check {one.code}" for one in loaded.check_changes]


def _difference(change: QuestionChange) -> str:
    text = f"  {change.change:8} {change.code}"
    if change.previous_code and change.previous_code != change.code:
        text += f" (was {change.previous_code})"
    if change.changed:
        text += f": {', '.join(change.changed)}"
    if change.relation and change.change == "changed":
        text += f" – {RELATIONS[change.relation]}"
    if change.never_joined:
        text += " (the numbers count something else, so nothing can join them)"
    if change.suspect:
        text += " (please confirm: add `same_as` with the relation to the file)"
    return text
