"""Saving answers: nothing typed is lost, no colleague is overwritten, a closed round keeps what it has."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.errors import InvalidInput, NotPossibleNow
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Answer, Submission
from surveys.selectors.answers import answer_sheet
from surveys.selectors.previous import previous_answers
from surveys.selectors.shown import shown_typed
from surveys.services.answers import Saved, Typing, save_answers, start_submission
from surveys.services.rounds import advance_round
from tests.surveys.answering_case import Case, build_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return build_case()


@pytest.fixture
def inside(case: Case) -> Iterator[Case]:
    """The case, within the coordinator's scope."""
    with participant_scope(case.mine.pk, case.people["coordinator"].pk):
        yield case


def save(case: Case, *typings: Typing, by: str = "coordinator", language: str = "nl") -> list[Saved]:
    return save_answers(case.submission(), list(typings), by=case.people[by], language=language)


def test_an_answer_is_stored_as_typed_with_its_value(inside: Case) -> None:
    assert save(inside, Typing("calls", "1.234")) == [Saved("calls", 1)]
    row = Answer.objects.get(question="calls", submission=inside.submission())
    assert (row.typed, row.number, row.is_valid, row.status) == ("1.234", 1234.0, True, 0)
    assert row.updated_by == inside.people["coordinator"]


def test_what_cannot_be_read_is_kept_as_typed_and_is_not_an_answer(inside: Case) -> None:
    (saved,) = save(inside, Typing("calls", "12 duizend"))
    assert saved.version == 1
    assert "12 duizend" in saved.error
    row = Answer.objects.get(question="calls", submission=inside.submission())
    assert (row.typed, row.number, row.is_valid, row.status) == ("12 duizend", None, False, 1)
    sheet = answer_sheet(inside.mine, "small-2026", "nl")
    assert sheet is not None
    assert sheet.progress["work"][0] == 0
    assert list(sheet.unread) == ["calls"]


def test_correcting_it_makes_it_an_answer(inside: Case) -> None:
    save(inside, Typing("calls", "12 duizend"))
    (saved,) = save(inside, Typing("calls", "12000", base_version=1))
    assert (saved.version, saved.error) == (2, "")
    assert Answer.objects.get(question="calls", submission=inside.submission()).is_valid


def test_the_same_text_again_changes_nothing(inside: Case) -> None:
    save(inside, Typing("calls", "10"))
    assert save(inside, Typing("calls", "10", base_version=0)) == [Saved("calls", 1)]


def test_a_stale_page_gets_a_conflict_and_overwrites_nothing(inside: Case) -> None:
    save(inside, Typing("calls", "10", base_version=0), by="contributor")
    (saved,) = save(inside, Typing("calls", "20", base_version=0))
    assert saved.conflict is not None
    assert (saved.conflict.typed, saved.conflict.updated_by) == ("10", inside.people["contributor"])
    assert saved.version == 1
    row = Answer.objects.get(question="calls", submission=inside.submission())
    assert (row.typed, row.version) == ("10", 1)


def test_who_saw_both_values_may_choose(inside: Case) -> None:
    save(inside, Typing("calls", "10", base_version=0), by="contributor")
    (saved,) = save(inside, Typing("calls", "20", base_version=1))
    assert (saved.version, saved.conflict) == (2, None)


def test_a_conflict_at_one_question_does_not_hold_up_another(inside: Case) -> None:
    save(inside, Typing("calls", "10"))
    first, second = save(inside, Typing("calls", "20", base_version=0), Typing("answered", "5", base_version=0))
    assert first.conflict is not None
    assert second == Saved("answered", 1)


def test_not_available_is_an_answer_and_not_zero(inside: Case) -> None:
    save(inside, Typing("calls", "", status=3))
    row = Answer.objects.get(question="calls", submission=inside.submission())
    assert (row.status, row.number) == (3, None)
    save(inside, Typing("calls", "0", base_version=1))
    row.refresh_from_db()
    assert (row.status, row.number) == (0, 0.0)


def test_emptying_a_field_keeps_the_row_and_takes_the_answer_away(inside: Case) -> None:
    save(inside, Typing("calls", "10"))
    save(inside, Typing("calls", "", base_version=1))
    row = Answer.objects.get(question="calls", submission=inside.submission())
    assert (row.typed, row.status, row.number, row.version) == ("", 1, None, 2)


def test_an_empty_field_that_never_had_an_answer_makes_no_row(inside: Case) -> None:
    assert save(inside, Typing("calls", ""), Typing("channels", {"phone": "", "mail": ""})) == [
        Saved("calls", 0),
        Saved("channels", 0),
    ]
    assert not Answer.objects.filter(submission=inside.submission()).exists()


def test_parts_and_choices_are_stored(inside: Case) -> None:
    save(inside, Typing("channels", {"phone": "60", "mail": "40,0"}), Typing("goals", ["better", "faster"]))
    rows = {row.question: row for row in Answer.objects.filter(submission=inside.submission())}
    assert rows["channels"].parts == {"phone": 60.0, "mail": 40.0}
    assert rows["goals"].choices == ["faster", "better"]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "=1+1", "a\x00b", "\U0001f600 é", "'; DROP TABLE x; --"])
def test_hostile_text_round_trips_as_text(inside: Case, text: str) -> None:
    save(inside, Typing("remark", text))
    row = Answer.objects.get(question="remark", submission=inside.submission())
    assert row.typed == text.replace("\x00", "\ufffd")


def test_a_text_without_end_is_refused_with_a_sentence(inside: Case) -> None:
    with pytest.raises(InvalidInput, match=r"20000|20\.000"):
        save(inside, Typing("remark", "x" * 20_001))


def test_an_unknown_question_is_refused(inside: Case) -> None:
    with pytest.raises(InvalidInput, match="nowhere"):
        save(inside, Typing("nowhere", "1"))


def test_a_closed_round_refuses_and_keeps_what_it_has(case: Case) -> None:
    case.say("calls", "10")
    with staff_scope():
        advance_round(case.open.pk, "close", by=None)
    with pytest.raises(NotPossibleNow):
        case.say("calls", "20", base=1)
    stored = case.stored("calls")
    assert stored is not None
    assert stored.typed == "10"


def test_a_round_past_its_closing_time_refuses(case: Case) -> None:
    case.say("calls", "10")
    with staff_scope(), connection.cursor() as cursor:
        cursor.execute("UPDATE surveys_round SET closes_at = clock_timestamp() WHERE id = %s", [case.open.pk])
    with pytest.raises(NotPossibleNow):
        case.say("calls", "20", base=1)


def test_handed_in_answers_are_not_changed(case: Case) -> None:
    case.say("calls", "10")
    with staff_scope():
        Submission.objects.filter(round=case.open).update(state="submitted", submitted_at="2026-01-01T00:00Z")
    with pytest.raises(NotPossibleNow):
        case.say("calls", "20", base=1)


def test_starting_twice_gives_one_submission(inside: Case) -> None:
    assert inside.submission() == inside.submission()
    assert Submission.objects.filter(round=inside.open).count() == 1


def test_a_closed_round_cannot_be_started(case: Case) -> None:
    with participant_scope(case.other.pk, case.people["stranger"].pk), pytest.raises(NotPossibleNow):
        start_submission(case.other, case.closed, by=case.people["stranger"])


@pytest.mark.parametrize("again", [False, True], ids=["first", "changed"])
def test_saving_costs_as_many_statements_for_three_answers_as_for_two_and_one_less_for_one(
    inside: Case, again: bool
) -> None:
    many = [Typing("calls", "5"), Typing("answered", "4"), Typing("outsources", "no"), Typing("remark", "x")]
    many += [Typing("goals", ["better"]), Typing("channels", {"phone": "100"})]
    submission = inside.submission()
    if again:
        save(inside, *(Typing(one.question, one.typed, status=3) for one in many))
    counts = []
    for typings in (many[:1], many[1:3], many[3:]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            save_answers(submission, typings, by=None, language="nl")
        counts.append(len(queries))
    assert counts[0] + 1 == counts[1] == counts[2] <= 7


def test_last_rounds_submitted_answers_are_found(inside: Case) -> None:
    before = previous_answers(inside.mine, inside.open)
    assert before.round == inside.closed
    assert before.answers["calls"].number == 1000


def test_last_rounds_answers_stay_on_every_page_that_is_opened_after_the_first(case: Case) -> None:
    with staff_scope():
        Submission.objects.filter(round=case.closed).update(content_hash="5" * 64)  # as handing in leaves it
    for _page in range(3):
        with participant_scope(case.mine.pk, case.people["coordinator"].pk):
            sheet = answer_sheet(case.mine, "small-2026", "nl")
            assert sheet is not None
            before = sheet.before(sheet.file.question("calls"))
        assert before is not None
        assert before.number == 1000


def test_another_organisation_has_no_part_in_them(case: Case) -> None:
    with participant_scope(case.other.pk, case.people["stranger"].pk):
        assert previous_answers(case.other, case.open).round is None


def test_a_number_is_shown_so_that_it_means_the_same_in_the_other_language(inside: Case) -> None:
    save(inside, Typing("calls", "1.234"), Typing("remark", "1.234"))
    sheet = answer_sheet(inside.mine, "small-2026", "en")
    assert sheet is not None
    shown = {code: shown_typed(sheet.file.question(code), row, "en") for code, row in sheet.rows.items()}
    assert shown == {"calls": "1,234", "remark": "1.234"}
    assert shown_typed(sheet.file.question("calls"), sheet.rows["calls"], "nl") == "1.234"
