"""Storing reviewed questionnaire files as versions that never change."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

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
)
from surveys.selectors.rounds import questionnaire_version, questionnaire_versions


@dataclass(frozen=True)
class LoadedQuestionnaire:
    """What loading a file came to. `version` is None after a dry run of a new version; `created` says whether this
    content was new; `changes` are the differences with `previous`, the version loaded before it.
    """

    file: QuestionnaireFile
    version: QuestionnaireVersion | None
    created: bool
    previous: QuestionnaireVersion | None
    changes: Sequence[QuestionChange]


def content_of(text: str) -> str:
    """The text as it is stored and hashed: without byte order mark, with one kind of line ending."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_questionnaire(text: str, source: str) -> QuestionnaireFile:
    """The proven file. Raises InvalidInput whose `problems` each name line, place and what to do."""
    try:
        return load_questionnaire(content_of(text), source=source)
    except QuestionnaireErrors as error:
        problems = [str(problem) for problem in error.problems]
        message = ngettext(
            "%(source)s cannot be loaded: it has %(count)s problem.",
            "%(source)s cannot be loaded: it has %(count)s problems.",
            len(problems),
        )
        raise InvalidInput(message % {"source": source, "count": len(problems)}, problems) from None


@transaction.atomic
def load_questionnaire_file(text: str, source: str, *, by: User | None, dry_run: bool = False) -> LoadedQuestionnaire:
    """Validate a file and store it as a new version; the same content again stores nothing.

    `source` names the file in messages. Raises InvalidInput for a file with problems, Conflict when this version
    exists with other content: a version never changes, so a change needs a version label of its own.
    """
    file = read_questionnaire(text, source)
    content = content_of(text)
    content_hash = hashlib.sha256(content.encode()).hexdigest()
    existing = questionnaire_version(file.questionnaire, file.version)
    earlier = questionnaire_versions(file.questionnaire)
    previous = (earlier.filter(pk__lt=existing.pk) if existing else earlier).first()
    changes = compare_versions(previous.file, file) if previous else []
    if existing is not None:
        if existing.content_hash != content_hash:
            raise Conflict(
                _(
                    "Version %(version)s of “%(code)s” is already stored with other content, and a version never"
                    " changes. Give this file a new version label."
                )
                % {"version": file.version, "code": file.questionnaire}
            )
        return LoadedQuestionnaire(file, existing, False, previous, changes)
    stored = None if dry_run else _store_version(file, content, content_hash, by=by)
    return LoadedQuestionnaire(file, stored, True, previous, changes)


def _store_version(
    file: QuestionnaireFile, content: str, content_hash: str, *, by: User | None
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
    )
    return stored
