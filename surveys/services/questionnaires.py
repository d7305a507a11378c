"""Storing reviewed questionnaire files as versions that never change."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.errors import Conflict, InvalidInput
from portal.models import User
from portal.services.audit import record
from surveys.models import Questionnaire, QuestionnaireVersion
from surveys.questionnaire import (
    QuestionChange,
    QuestionnaireErrors,
    QuestionnaireFile,
    compare_versions,
    load_questionnaire,
    read_located,
)
from surveys.questionnaire.compiling import Proof, Refuted, compile_questionnaire, explain
from surveys.questionnaire.lineage import CheckChange, compare_checks
from surveys.readers import what_readers_miss
from surveys.selectors.rounds import questionnaire_version, questionnaire_versions


@dataclass(frozen=True)
class LoadedQuestionnaire:
    """What loading a file came to. `version` is None after a dry run of a new version; `created` says whether this
    content was new; `changes` are the differences with `previous`, the version loaded before it.

    `proof`: what the compiler proved, None when nothing new was compiled. `missed`: (name, sentence) of what would no
    longer find its questions. `to_confirm`: names of broken trends and of what misses something.
    """

    file: QuestionnaireFile
    version: QuestionnaireVersion | None
    created: bool
    previous: QuestionnaireVersion | None
    changes: Sequence[QuestionChange]
    proof: Proof | None = None
    missed: Sequence[tuple[str, str]] = ()

    @property
    def check_changes(self) -> list[CheckChange]:
        """The checks across questions that are not as they were."""
        return compare_checks(self.previous.file, self.file) if self.previous else []

    @property
    def to_confirm(self) -> tuple[str, ...]:
        """What must be named before this version is stored."""
        broken = [change.code for change in self.changes if change.relation == "broken"]
        return tuple(dict.fromkeys([*broken, *(name for name, _sentence in self.missed)]))


class Unconfirmed(InvalidInput):
    """The version breaks trends or leaves something without its questions, and that was not confirmed by name."""

    def __init__(self, loaded: LoadedQuestionnaire, names: Sequence[str]) -> None:
        sentences = dict(loaded.missed)
        broken = _("%(code)s: its series ends with this version; later rounds are not joined with earlier ones.")
        problems = [sentences.get(name) or broken % {"code": name} for name in names]
        super().__init__(
            _("Confirm by name what this version breaks: %(names)s.") % {"names": ", ".join(names)}, problems
        )
        self.loaded = loaded
        self.names = tuple(names)


def content_of(text: str) -> str:
    """The text as it is stored and hashed: without byte order mark, with one kind of line ending."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_questionnaire(text: str, source: str) -> QuestionnaireFile:
    """The proven file. Raises InvalidInput whose `problems` each name line, place and what to do."""
    try:
        return load_questionnaire(content_of(text), source=source)
    except QuestionnaireErrors as error:
        raise _with_problems(source, [str(problem) for problem in error.problems]) from None


@transaction.atomic
def load_questionnaire_file(
    text: str, source: str, *, by: User | None, dry_run: bool = False, confirmed: Collection[str] = ()
) -> LoadedQuestionnaire:
    """Validate and compile a file and store it as a new version; the same content again stores nothing.

    `source` names the file in messages; `confirmed` are the names of what this version may break. Raises InvalidInput
    for a file with problems, Unconfirmed for breaks that were not named (never in a dry run), Conflict when this
    version exists with other content: a version never changes, so a change needs a version label of its own.
    """
    file = read_questionnaire(text, source)
    content = content_of(text)
    content_hash = hashlib.sha256(content.encode()).hexdigest()
    existing = questionnaire_version(file.questionnaire, file.version)
    earlier = questionnaire_versions(file.questionnaire)
    previous = (earlier.filter(pk__lt=existing.pk) if existing else earlier).first()
    if existing is not None:
        if existing.content_hash != content_hash:
            raise Conflict(
                _(
                    "Version %(version)s of “%(code)s” is already stored with other content, and a version never"
                    " changes. Give this file a new version label."
                )
                % {"version": file.version, "code": file.questionnaire}
            )
        changes = compare_versions(previous.file, file) if previous else []
        return LoadedQuestionnaire(file, existing, False, previous, changes)
    loaded = _compiled(file, content, source, previous)
    unnamed = [name for name in loaded.to_confirm if name not in confirmed]
    if dry_run:
        return loaded
    if unnamed:
        raise Unconfirmed(loaded, unnamed)
    return replace(loaded, version=_store_version(file, content, content_hash, by=by, confirmed=loaded.to_confirm))


def _compiled(
    file: QuestionnaireFile, content: str, source: str, previous: QuestionnaireVersion | None
) -> LoadedQuestionnaire:
    """The file with what the compiler says of it. Raises InvalidInput for what nobody could answer."""
    compiled = compile_questionnaire(file, previous.file if previous else None)
    if compiled.proof.refuted:
        located = read_located(content)
        problems = [str(located.problem(_place(located.value, one), explain(one))) for one in compiled.proof.refuted]
        raise _with_problems(source, problems)
    return LoadedQuestionnaire(
        file, None, True, previous, compiled.changes, compiled.proof, tuple(what_readers_miss(file))
    )


def _place(value: Mapping[str, Any], refuted: Refuted) -> tuple[str | int, ...]:
    """Where a question or check stands in the file; the file itself for a copy of a repeated question."""
    for at, section in enumerate(value["sections"]):
        for index, question in enumerate(section["questions"]):
            if question["code"] == refuted.code:
                return ("sections", at, "questions", index)
    codes = [check["code"] for check in value.get("checks", ())]
    return ("checks", codes.index(refuted.code)) if refuted.code in codes else ()


def _with_problems(source: str, problems: list[str]) -> InvalidInput:
    message = ngettext(
        "%(source)s cannot be loaded: it has %(count)s problem.",
        "%(source)s cannot be loaded: it has %(count)s problems.",
        len(problems),
    )
    return InvalidInput(message % {"source": source, "count": len(problems)}, problems)


def _store_version(
    file: QuestionnaireFile, content: str, content_hash: str, *, by: User | None, confirmed: Sequence[str]
) -> QuestionnaireVersion:
    questionnaire, _created = Questionnaire.objects.get_or_create(code=file.questionnaire)
    try:
        with transaction.atomic():
            stored = QuestionnaireVersion.objects.create(
                questionnaire=questionnaire,
                version=file.version,
                title_nl=file.title.text("nl"),
                title_en=file.title.text("en"),
                source=content,
                content_hash=content_hash,
                loaded_by=by,
            )
    except IntegrityError:
        raise Conflict(_("Somebody else stored this version at the same moment. Try again.")) from None
    record(
        "questionnaire.loaded",
        subject=stored,
        by=by,
        code=file.questionnaire,
        version=file.version,
        content_hash=content_hash,
        breaks=list(confirmed),
    )
    return stored
