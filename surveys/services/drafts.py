"""Writing questionnaires in the portal: a draft is the file itself, and becomes a version through the compiler."""

from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.errors import Conflict, InvalidInput
from portal.models import User
from portal.services.audit import record
from surveys.models import QuestionnaireDraft, QuestionnaireVersion
from surveys.questionnaire import read_located
from surveys.questionnaire.writing import change, read_plain
from surveys.services.questionnaires import LoadedQuestionnaire, content_of, load_questionnaire_file

EMPTY = """\
questionnaire: new_questionnaire
version: "1"
title: {nl: Nieuwe vragenlijst, en: New questionnaire}
languages: [nl, en]
sections:
  - code: first
    title: {nl: Eerste thema, en: First theme}
    questions:
      - {code: first_question, type: number, text: {nl: Eerste vraag, en: First question}}
"""


def start_draft(text: str, *, by: User | None, based_on: QuestionnaireVersion | None = None) -> QuestionnaireDraft:
    """A draft with this file; the bytes are kept. Raises InvalidInput for what the pages could not show."""
    text = content_of(text)
    _refuse_unreadable(text)
    draft = QuestionnaireDraft.objects.create(title=_title(text), source=text, based_on=based_on, changed_by=by)
    record("questionnaire.draft_started", subject=draft, by=by, title=draft.title)
    return draft


def start_draft_from(version: QuestionnaireVersion, *, by: User | None) -> QuestionnaireDraft:
    """A draft of the version after this one: the same file with the next label."""
    text = change(version.source, ("version",), next_label(version.version))
    return start_draft(text, by=by, based_on=version)


def next_label(label: str) -> str:
    """2026 → 2027, 3 → 4, pulse → pulse-2."""
    head, dash, number = label.rpartition("-")
    if label.isdecimal():
        return str(int(label) + 1)
    return f"{head}{dash}{int(number) + 1}" if dash and number.isdecimal() else f"{label}-2"


@transaction.atomic
def change_draft(
    draft_id: int, revision: int, change_text: Callable[[str], str], *, by: User | None
) -> QuestionnaireDraft:
    """Change the file. Raises Conflict when somebody changed it since `revision`, InvalidInput as start_draft."""
    draft = _locked(draft_id, revision)
    text = change_text(draft.source)
    if text == draft.source:
        return draft
    _refuse_unreadable(text)
    draft.source, draft.title, draft.changed_by = text, _title(text), by
    draft.revision += 1
    draft.save()
    return draft


@transaction.atomic
def drop_draft(draft_id: int, revision: int, *, by: User | None) -> None:
    """Throw the draft away. Raises Conflict when somebody changed it since `revision`."""
    draft = _locked(draft_id, revision)
    record("questionnaire.draft_dropped", subject=draft, by=by, title=draft.title)
    draft.delete()


@transaction.atomic
def publish_draft(draft_id: int, revision: int, *, confirmed: Collection[str], by: User | None) -> LoadedQuestionnaire:
    """Store the draft as a version; the draft goes. Raises what `load_questionnaire_file` raises, and Conflict."""
    draft = _locked(draft_id, revision)
    loaded = load_questionnaire_file(draft.source, draft.title, by=by, confirmed=confirmed)
    draft.delete()
    return loaded


def _locked(draft_id: int, revision: int) -> QuestionnaireDraft:
    draft = QuestionnaireDraft.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None or draft.revision != revision:
        raise Conflict(_("Somebody else changed this draft in the meantime. Look at it as it is now, and try again."))
    return draft


def _refuse_unreadable(text: str) -> None:
    """Refuse what has no sections with questions to show; any other mistake may stay until the draft is published."""
    located = read_located(text)
    if located.problems:
        raise InvalidInput(_("This is not a questionnaire file."), [str(one) for one in located.problems])
    value = located.value
    if not _is_list(value.get("sections")) or not all(
        isinstance(one, dict) and _is_list(one.get("questions")) and all(isinstance(q, dict) for q in one["questions"])
        for one in value["sections"]
    ):
        problem = _("A questionnaire has `sections`, each with `questions`.")
        raise InvalidInput(_("This is not a questionnaire file."), [problem])


def _is_list(value: Any) -> bool:
    return isinstance(value, tuple)


def _title(text: str) -> str:
    """How lists name the draft: code and version."""
    value = read_plain(text)
    return f"{value.get('questionnaire', '?')} {value.get('version', '?')}"[:200]
