"""Writing rows of answers with their history: one at a time, as autosave does, by one statement made beforehand.

Several take the ORM's bulk statements. For one row the ORM takes longer to write its two statements than the database
takes to carry them out.
"""

from collections.abc import Sequence

from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from surveys.models import Answer, AnswerChange

STORED = ("typed", "status", "number", "choice", "choices", "parts", "is_valid")
_HISTORY = """
INSERT INTO surveys_answerchange (organisation_id, submission_id, question, version, before, status_before, typed,
   status, way, program, changed_by_id)
VALUES (%(organisation_id)s, %(submission_id)s, %(question)s, %(version)s, %(before)s, %(status_before)s, %(typed)s,
   %(status)s, %(way)s, %(program)s, %(changed_by_id)s)
"""
CHANGE_ONE = f"""
WITH answer AS (
   UPDATE surveys_answer SET typed = %(typed)s, status = %(status)s, number = %(number)s, choice = %(choice)s,
      choices = %(choices)s, parts = %(parts)s, is_valid = %(is_valid)s, version = %(version)s,
      updated_at = %(updated_at)s, updated_by_id = %(updated_by_id)s
   WHERE id = %(id)s)
{_HISTORY}
"""  # noqa: S608  both parts are constants of this module
ADD_ONE = f"""
WITH history AS ({_HISTORY})
INSERT INTO surveys_answer (organisation_id, submission_id, question, typed, status, number, choice, choices, parts,
   is_valid, version, updated_at, updated_by_id)
VALUES (%(organisation_id)s, %(submission_id)s, %(question)s, %(typed)s, %(status)s, %(number)s, %(choice)s,
   %(choices)s, %(parts)s, %(is_valid)s, %(version)s, %(updated_at)s, %(updated_by_id)s)
RETURNING id
"""  # noqa: S608  both parts are constants of this module


def write_rows(added: Sequence[Answer], changed: Sequence[Answer], history: Sequence[AnswerChange]) -> None:
    """Insert and update these answers, and write the history of both."""
    if len(history) == 1 and len(added) + len(changed) == 1:
        _write_one([*added, *changed][0], history[0])
        return
    if added:
        Answer.objects.bulk_create(added)
    if changed:
        Answer.objects.bulk_update(changed, [*STORED, "version", "updated_by", "updated_at"])
    if history:
        AnswerChange.objects.bulk_create(history)


def _write_one(row: Answer, change: AnswerChange) -> None:
    is_new = row.pk is None
    if is_new:
        row.updated_at = timezone.now()
    values = {field.attname: getattr(row, field.attname) for field in Answer._meta.concrete_fields}
    values |= {name: Jsonb(values[name]) for name in ("typed", "choices", "parts")}
    values["before"] = None if change.before is None else Jsonb(change.before)
    values |= {name: getattr(change, name) for name in ("status_before", "way", "program", "changed_by_id")}
    with connection.cursor() as cursor:
        cursor.execute(ADD_ONE if is_new else CHANGE_ONE, values)
        if is_new:
            row.pk = cursor.fetchone()[0]
            row._state.adding = False
