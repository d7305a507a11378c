"""Files with answers on their way in: how many an organisation may send, and what waits until somebody confirms it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import Organisation, User
from portal.services.audit import record
from surveys.models import AnswerChange, AnswerUpload, ColumnMapping, Questionnaire, Round
from surveys.selectors.answers import AnswerSheet
from surveys.services.answers import Stored, Typing, beside_stored, save_typings, start_submission

MOST_FILES_AN_HOUR = 30
MOST_CALLS_AN_HOUR = 600
MOST_BYTES_A_DAY = 60_000_000
KEPT = timedelta(days=7)


@transaction.atomic
def begin_upload(
    organisation: Organisation, round_: Round, *, kind: str, name: str, size: int, by: User | None
) -> AnswerUpload:
    """Count a file against the organisation's quota, before it is read; refused ones count too.

    What programs send has a quota of its own, so that it never keeps people from sending a file. Raises NotPossibleNow
    when the organisation sent many files in the last hour, or much in the last day.
    """
    with connection.cursor() as cursor:  # two at once must not both be the last one
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('uploads of', %s))", [organisation.pk])
    mine = AnswerUpload.objects.filter(organisation=organisation)
    mine.filter(uploaded_at__lt=Now() - KEPT).delete()
    by_program = kind == AnswerUpload.Kind.API
    most = MOST_CALLS_AN_HOUR if by_program else MOST_FILES_AN_HOUR
    mine = mine.filter(kind=kind) if by_program else mine.exclude(kind=AnswerUpload.Kind.API)
    hour = mine.filter(uploaded_at__gt=Now() - timedelta(hours=1)).aggregate(files=Count("pk"))
    day = mine.filter(uploaded_at__gt=Now() - timedelta(days=1)).aggregate(bytes=Sum("size"))
    if hour["files"] >= most or (day["bytes"] or 0) + size > MOST_BYTES_A_DAY:
        raise NotPossibleNow(
            _("Programs of your organisation sent many answers in a short time. Try again in an hour.")
            if by_program
            else _("Your organisation sent many files in a short time. Try again in an hour.")
        )
    return AnswerUpload.objects.create(
        organisation=organisation, round=round_, kind=kind, name=name[:200], size=size, uploaded_by=by
    )


def upload_of(sheet: AnswerSheet, upload_id: int) -> AnswerUpload | None:
    """A file of this organisation and round that waits, or None."""
    rows = AnswerUpload.objects.filter(organisation=sheet.organisation, round=sheet.round, applied_at=None)
    found = rows.filter(pk=upload_id).first()
    return found if found is not None and found.content else None


def keep_content(upload: AnswerUpload, **content: Any) -> None:
    """Keep what was read, until somebody confirms it."""
    upload.content = {**upload.content, **content}
    upload.save(update_fields=["content"])


def as_content(typings: Sequence[Typing]) -> list[dict[str, Any]]:
    """Typings as they are kept with an upload."""
    return [
        {
            "question": one.question,
            "typed": one.typed,
            "status": one.status,
            "base": one.base_version,
            "shown": one.shown,
        }
        for one in typings
    ]


def typings_in(upload: AnswerUpload) -> list[Typing]:
    """The typings of an upload."""
    return [
        Typing(one["question"], one["typed"], one["status"], one["base"], one.get("shown"))
        for one in upload.content.get("typings", ())
    ]


@transaction.atomic
def apply_upload(
    sheet: AnswerSheet, upload: AnswerUpload, ticked: Mapping[str, str], *, by: User, language: str
) -> Stored:
    """Store what somebody confirmed: by question the version that they saw, by `question-cell` the fingerprint of what
    they saw there of a colleague.

    What a colleague changed after that is a conflict and stays. The upload is done when nothing conflicts.
    Raises NotPossibleNow when the round is closed or the answers were handed in.
    """
    wanted = [typing for one in typings_in(upload) for typing in _confirmed(sheet, one, ticked, language)]
    if not wanted:
        raise InvalidInput(_("Tick what should be stored."))
    submission = sheet.submission or start_submission(sheet.organisation, sheet.round, by=by)
    way = AnswerChange.Way.WORKBOOK if upload.kind == AnswerUpload.Kind.WORKBOOK else AnswerChange.Way.TABLE
    stored = save_typings(submission, wanted, by=by, language=language, way=way, before=sheet.previous)
    if not any(one.conflict for one in stored.saved):
        AnswerUpload.objects.filter(pk=upload.pk).update(applied_at=Now())
    record("answers.uploaded", subject=submission, by=by, organisation=sheet.organisation, answers=len(wanted))
    return stored


def _confirmed(sheet: AnswerSheet, typing: Typing, ticked: Mapping[str, str], language: str) -> list[Typing]:
    """What was confirmed of one typing, if anything; of parts and cells those that were."""
    code, version = typing.question, ticked.get(typing.question, "")
    seen = int(version) if version.isdecimal() and len(version) < 10 else None
    if not sheet.file.has_question(code):
        return []
    row = sheet.rows.get(code)
    found = beside_stored(sheet.file.question(code), typing, row, language)
    if found is None or row is None:
        return [] if seen is None else [replace(typing, base_version=seen)]
    marks = {one: ticked[f"{code}-{one}"] for one in found.disputed if f"{code}-{one}" in ticked}
    # a cell that a colleague changed since the list was shown was not asked about: it is a conflict
    left_out = set(found.disputed) - marks.keys() if seen in (None, row.version) else set()
    wanted = {
        one: text for one, text in found.mine.items() if one in marks or (seen is not None and one not in left_out)
    }
    shown = {**(typing.shown or {}), **marks}
    return [replace(typing, typed=wanted, shown=shown, partial=True)] if wanted else []


def mapping_of(organisation: Organisation, questionnaire: Questionnaire, columns: str) -> dict[str, Any]:
    """What the organisation chose last time for a file with these columns; empty when there was none."""
    rows = ColumnMapping.objects.filter(organisation=organisation, questionnaire=questionnaire, columns=columns)
    return dict(rows.values_list("mapping", flat=True).first() or {})


def remember_mapping(
    organisation: Organisation, questionnaire: Questionnaire, columns: str, mapping: Mapping[str, Any], *, by: User
) -> None:
    """Remember which column goes to which question, for the next file with the same columns."""
    ColumnMapping.objects.update_or_create(
        organisation=organisation,
        questionnaire=questionnaire,
        columns=columns,
        defaults={"mapping": dict(mapping), "updated_by": by},
    )
