"""Storing the answers of many organisations at once: a few set-based statements, safe to repeat.

Row-level security forbids COPY into these tables for the roles that we act as, so rows travel as one JSON text that the
database takes apart: 90,000 answers take one statement.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from portal.errors import NotPossibleNow
from portal.models import User
from portal.services.audit import record
from surveys.models import Round, Submission, UnattributedAmount
from surveys.questionnaire import AnswerValue, Typed
from surveys.services.receipts import canonical_text

IMPORTABLE = (Round.State.DRAFT, Round.State.OPEN, Round.State.CLOSED)


@dataclass(frozen=True, slots=True)
class ImportedAnswer:
    """One answer: what the file says, and what it means. An answer without anything said is not stored."""

    question: str
    typed: Typed
    value: AnswerValue


@dataclass(frozen=True)
class ImportedSubmission:
    """The answers of one organisation."""

    organisation: int
    answers: tuple[ImportedAnswer, ...]


@dataclass
class StoreResult:
    """What storing did, by organisation id."""

    created: set[int] = field(default_factory=set)
    updated: set[int] = field(default_factory=set)
    unchanged: set[int] = field(default_factory=set)
    unattributed_changed: int = 0


def hold_round_for_import(round_id: int) -> Round:
    """Lock the round as a submit does (`FOR SHARE`), and let one import of a round run at a time.

    Raises NotPossibleNow once the round is frozen: what is frozen never changes, a correction is a new edition.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('import into a round', %s))", [round_id])
        cursor.execute("SELECT 1 FROM surveys_round WHERE id = %s FOR SHARE", [round_id])
    current = Round.objects.select_related("version__questionnaire").get(pk=round_id)
    if current.state not in IMPORTABLE:
        raise NotPossibleNow(
            _(
                "The round “%(round)s” is in state “%(state)s”: its answers are frozen. Publish it and start a"
                " correction to import into the next edition."
            )
            % {"round": current.code, "state": current.get_state_display()}
        )
    return current


def kept_back(round_id: int) -> dict[int, str]:
    """Organisations whose submission an import must not touch, with the reason: people worked on it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.organisation_id, s.source = 'online', s.state = 'started', EXISTS (SELECT FROM surveys_answer a"
            " WHERE a.submission_id = s.id AND a.updated_by_id IS NOT NULL)"
            " FROM surveys_submission s WHERE s.round_id = %s",
            [round_id],
        )
        rows = cursor.fetchall()
    reasons = {}
    for organisation, online, started, touched in rows:
        if online:
            reasons[organisation] = "this organisation answers online; its answers are never overwritten"
        elif started or touched:
            reasons[organisation] = "the imported answers were changed by people since; they are not overwritten"
    return reasons


def store_submissions(
    current: Round, submissions: Sequence[ImportedSubmission], questions: Sequence[str], *, by: User | None
) -> StoreResult:
    """Write the answers to `questions` (the questions that the file covers) of each organisation; others stay.

    The round must be held (`hold_round_for_import`) and organisations that are `kept_back` left out by the caller.
    """
    organisations = [one.organisation for one in submissions]
    created = _ensure_submissions(current, organisations, by=by)
    ids = dict(
        Submission.objects.filter(round=current, organisation__in=organisations).values_list("organisation_id", "pk")
    )
    rows = list(_answer_rows(submissions, ids))
    older = [ids[one] for one in organisations if one not in created]
    changed = _write_answers(rows) | _delete_others(rows, older, questions)
    by_submission = {pk: organisation for organisation, pk in ids.items()}
    touched = {by_submission[pk] for pk in changed}
    _write_hashes(sorted({ids[one] for one in touched | created}))
    return StoreResult(created, touched - created, set(organisations) - touched - created)


def store_unattributed(current: Round, totals: Mapping[str, tuple[float, int]], columns: Iterable[str]) -> int:
    """Replace the amounts of `columns` (those that the file covers) that belong to no organisation; others stay.

    `totals`: column → (sum, number of rows). Returns how many changed.
    """
    stored = UnattributedAmount.objects.filter(round=current, column__in=list(columns))
    before = {row.column: (row.total, row.rows) for row in stored}
    changed = {column for column in before.keys() | totals.keys() if before.get(column) != totals.get(column)}
    if changed:
        UnattributedAmount.objects.filter(round=current, column__in=changed).delete()
        UnattributedAmount.objects.bulk_create(
            UnattributedAmount(round=current, column=column, total=total, rows=rows)
            for column, (total, rows) in totals.items()
            if column in changed
        )
    return len(changed)


def imported_organisations(current: Round) -> set[int]:
    """The ids of the organisations that an import brought into this round."""
    rows = Submission.objects.filter(round=current, source=Submission.Source.IMPORT)
    return set(rows.values_list("organisation_id", flat=True))


def has_unattributed(current: Round) -> bool:
    """Whether the round holds amounts that belong to no organisation."""
    return UnattributedAmount.objects.filter(round=current).exists()


def record_import(current: Round, *, by: User | None, **detail: Any) -> None:
    """The audit entry of an import that changed something."""
    record("submissions.imported", subject=current, by=by, code=current.code, **detail)


def _ensure_submissions(current: Round, organisations: Sequence[int], *, by: User | None) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO surveys_submission"
            " (organisation_id, round_id, state, source, created_at, submitted_at, submitted_by_id, content_hash,"
            " explanations, carried, signed_hash)"
            " SELECT organisation, %s, 'submitted', 'import', now(), now(), %s, '', '{}'::jsonb, '{}'::jsonb, ''"
            " FROM unnest(%s::bigint[]) AS organisation"
            " ON CONFLICT (organisation_id, round_id) DO NOTHING RETURNING organisation_id",
            [current.pk, by.pk if by else None, list(organisations)],
        )
        return {row[0] for row in cursor.fetchall()}


Stored = list[Any]


def _answer_rows(submissions: Iterable[ImportedSubmission], ids: Mapping[int, int]) -> Iterator[Stored]:
    """The values of `_INCOMING`, one list per answer that says something."""
    for one in submissions:
        submission = ids[one.organisation]
        for answer in one.answers:
            value = answer.value
            if value.given:
                yield [
                    one.organisation,
                    submission,
                    answer.question,
                    answer.typed,
                    int(value.status),
                    value.number,
                    value.choice or "",
                    value.choices,
                    dict(value.parts),
                ]


_INCOMING = """
SELECT (one->>0)::bigint AS organisation, (one->>1)::bigint AS submission, one->>2 AS question,
   (one->3)::jsonb AS typed,
   (one->>4)::smallint AS status, (one->>5)::float8 AS number, one->>6 AS choice, (one->7)::jsonb AS choices,
   (one->8)::jsonb AS parts
FROM json_array_elements(%s::json) AS one
"""
_WRITE = f"""
INSERT INTO surveys_answer AS old
  (organisation_id, submission_id, question, typed, status, number, choice, choices, parts, is_valid, version,
   updated_at, updated_by_id)
SELECT organisation, submission, question, typed, status, number, choice, choices, parts, true, 1,
   statement_timestamp(), NULL
FROM ({_INCOMING}) AS new
ON CONFLICT (submission_id, question) DO UPDATE SET typed = EXCLUDED.typed, status = EXCLUDED.status,
   number = EXCLUDED.number, choice = EXCLUDED.choice, choices = EXCLUDED.choices, parts = EXCLUDED.parts,
   is_valid = true, version = old.version + 1, updated_at = statement_timestamp(), updated_by_id = NULL
WHERE (old.typed, old.status, old.number, old.choice, old.choices, old.parts, old.is_valid) IS DISTINCT FROM
   (EXCLUDED.typed, EXCLUDED.status, EXCLUDED.number, EXCLUDED.choice, EXCLUDED.choices, EXCLUDED.parts, true)
RETURNING submission_id
"""  # noqa: S608  both parts are constants of this module


def _write_answers(rows: Sequence[Stored]) -> set[int]:
    """Insert or change the answers; returns the submissions in which something changed."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [json.dumps(rows, ensure_ascii=False)])
        return {row[0] for row in cursor.fetchall()}


def _delete_others(rows: Sequence[Stored], submissions: Sequence[int], questions: Sequence[str]) -> set[int]:
    """Take away answers that the file covers and leaves empty; returns the submissions concerned."""
    if not submissions:
        return set()
    concerned = set(submissions)
    kept = [[row[1], row[2]] for row in rows if row[1] in concerned]
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM surveys_answer WHERE submission_id = ANY(%s) AND question = ANY(%s)"
            " AND (submission_id, question) NOT IN"
            " (SELECT (one->>0)::bigint, one->>1 FROM json_array_elements(%s::json) AS one)"
            " RETURNING submission_id",
            [list(submissions), list(questions), json.dumps(kept)],
        )
        return {row[0] for row in cursor.fetchall()}


def _write_hashes(submissions: Sequence[int]) -> None:
    """Set the hash of what was submitted, as an online submit does (`surveys/services/submissions.py`)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT submission_id, question, status, number, choice, choices::text, parts::text, typed::text"
            " FROM surveys_answer WHERE submission_id = ANY(%s) ORDER BY submission_id, question",
            [list(submissions)],
        )
        hashes = {pk: _hash(rows) for pk, rows in groupby(cursor.fetchall(), key=lambda row: row[0])}
        cursor.execute(
            "UPDATE surveys_submission s SET content_hash = new.hash FROM unnest(%s::bigint[], %s::text[])"
            " AS new (id, hash) WHERE s.id = new.id",
            [list(hashes), list(hashes.values())],
        )


@lru_cache(maxsize=20_000)
def _loaded(text: str) -> Any:
    return json.loads(text)


def _hash(rows: Iterable[tuple[Any, ...]]) -> str:
    listed = [[*row[1:5], *(_loaded(text) for text in row[5:])] for row in rows]
    return hashlib.sha256(canonical_text(listed, {}).encode()).hexdigest()
