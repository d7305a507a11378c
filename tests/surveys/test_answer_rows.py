"""Rows that are written one at a time hold what rows that are written together hold."""

from typing import Any

import pytest

from portal.tenancy import participant_scope, staff_scope
from surveys.models import Answer, AnswerChange
from surveys.services.answer_rows import ADD_ONE, CHANGE_ONE
from surveys.services.answers import Typing, save_answers
from tests.surveys.answering_case import Case, build_case

pytestmark = pytest.mark.django_db

FIRST = [
    Typing("calls", "1.234"),
    Typing("channels", {"phone": "60", "mail": "40,0"}),
    Typing("goals", ["better", "faster"]),
    Typing("remark", "Een “opmerking” met % en 'aanhalingstekens' \\ 🙂"),
    Typing("outsources", "", status=3),
]
THEN = [
    Typing("calls", "12 duizend"),
    Typing("channels", {"phone": "", "mail": ""}, status=3),
    Typing("goals", []),
    Typing("remark", ""),
    Typing("outsources", "yes"),
]
NOT_THE_SAME = {"id", "submission_id", "organisation_id", "updated_at", "changed_at"}


def stored(case: Case) -> list[Any]:
    """All rows with their history, but for keys and moments; and forget them."""
    with staff_scope():
        mine = case.submission()
        rows = [
            list(kind.objects.filter(submission=mine).order_by("question", "version"))
            for kind in (Answer, AnswerChange)
        ]
        assert all(one.updated_at and one.pk for one in rows[0])
        assert all(one.changed_at and one.pk for one in rows[1])
        AnswerChange.objects.filter(submission=mine).delete()
        Answer.objects.filter(submission=mine).delete()
    told = [{key: value for key, value in vars(one).items() if key[0] != "_"} for kind in rows for one in kind]
    return [{key: value for key, value in one.items() if key not in NOT_THE_SAME} for one in told]


def test_one_at_a_time_is_as_all_together() -> None:
    case = build_case()
    by = case.people["coordinator"]
    with participant_scope(case.mine.pk, by.pk):
        mine = case.submission()
        for typings in (FIRST, THEN):
            assert len(save_answers(mine, typings, by=by, language="nl")) == len(typings)
    together = stored(case)
    with participant_scope(case.mine.pk, by.pk):
        for typing in [*FIRST, *THEN]:
            save_answers(mine, [typing], by=by, language="nl")
    assert stored(case) == together
    assert len(together) == 5 + 10


def test_the_statements_name_every_column() -> None:
    """A column that is added later is added here too, or has a default in the database."""
    for field in Answer._meta.concrete_fields:
        assert f"%({field.attname})s" in (CHANGE_ONE if field.primary_key else ADD_ONE), field.attname
    unnamed = {one.attname for one in AnswerChange._meta.concrete_fields if one.column not in CHANGE_ONE}
    assert unnamed == {"changed_at"}
