"""Importing a round from CSV: located messages, exact control totals, all or nothing, safe to repeat."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import AuditEntry, Organisation
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Answer, Round, Submission, UnattributedAmount
from surveys.services.answers import Typing, save_answers, start_submission
from surveys.services.submissions import content_hash
from tests.surveys.fielding import bring, field_round, organisation, to_state

pytestmark = pytest.mark.django_db
HEAD = "month,code,calls,answered,rate,remarks\n"


@pytest.fixture
def current() -> Round:
    return field_round()


def answers(current: Round) -> dict[tuple[str, str], Answer]:
    with staff_scope():
        rows = Answer.objects.filter(submission__round=current).select_related("organisation")
        return {(one.organisation.code, one.question): one for one in rows}


def problems(current: Round, text: str | bytes, **options: object) -> str:
    with pytest.raises(InvalidInput) as caught:
        bring(current, text, **options)
    return "\n".join([str(caught.value), *caught.value.problems])


def test_a_row_becomes_a_submitted_submission_with_what_was_written(current: Round) -> None:
    report = bring(current, HEAD + "2026-01,alpha,100,90,12.5,hello\n")
    assert report.counts["created"] == 1
    assert report.rejected == []
    stored = answers(current)
    assert (stored["alpha", "rate"].typed, stored["alpha", "rate"].number) == ("12.5", 12.5)
    with staff_scope():
        submission = Submission.objects.get(round=current)
        assert (submission.state, submission.source) == ("submitted", "import")
        assert submission.content_hash == content_hash(submission)
        assert AuditEntry.objects.filter(action="submissions.imported").count() == 1


def test_the_same_file_again_changes_nothing(current: Round) -> None:
    text = HEAD + "2026-01,alpha,100,90,12.5,\n2026-01,Unassigned,7,5,,\n"
    bring(current, text)
    before = answers(current)
    again = bring(current, text)
    assert again.is_unchanged
    assert again.counts["unchanged"] == 1
    assert {key: (one.pk, one.version) for key, one in before.items()} == {
        key: (one.pk, one.version) for key, one in answers(current).items()
    }
    with staff_scope():
        assert AuditEntry.objects.filter(action="submissions.imported").count() == 1


def test_a_corrected_file_changes_what_differs_and_empties_what_is_blank_now(current: Round) -> None:
    bring(current, HEAD + "2026-01,alpha,100,90,12.5,\n")
    report = bring(current, HEAD + "2026-01,alpha,100,80,,\n")
    assert (report.counts["updated"], report.counts["created"]) == (1, 0)
    stored = answers(current)
    assert (stored["alpha", "answered"].number, stored["alpha", "answered"].version) == (80, 2)
    assert stored["alpha", "calls"].version == 1
    assert ("alpha", "rate") not in stored


def test_a_file_with_some_columns_leaves_the_other_answers(current: Round) -> None:
    bring(current, HEAD + "2026-01,alpha,100,90,12.5,\n")
    report = bring(current, "month,code,rate\n2026-01,alpha,13\n")
    assert ("alpha", "calls") in answers(current)
    assert any("no column for the question “calls”" in str(one) for one in report.of_kind("notice"))


def test_a_dry_run_reports_the_same_and_imports_nothing(current: Round) -> None:
    text = HEAD + "2026-01,alpha,100,90,101,\n"
    tried = bring(current, text, dry_run=True, organisations="code,name,holding,sector,region\nnew,New,,,\n")
    assert tried.counts["created"] == 1
    assert len(tried.rejected) == 1
    with staff_scope():
        assert not Submission.objects.filter(round=current).exists()
        assert not Organisation.objects.filter(code="new").exists()


def test_blank_not_applicable_and_not_available_are_three_things(current: Round) -> None:
    bring(current, HEAD + "2026-01,alpha,100,n.b.,n.v.t.,\n2026-01,beta,0,,n/a,\n")
    stored = answers(current)
    assert stored["alpha", "answered"].status == Answer.Status.NOT_AVAILABLE
    assert stored["alpha", "rate"].status == Answer.Status.NOT_APPLICABLE
    assert stored["beta", "rate"].status == Answer.Status.NOT_APPLICABLE
    assert ("beta", "answered") not in stored
    assert stored["beta", "calls"].number == 0


def test_a_hard_edit_rejects_the_cell_and_keeps_the_row(current: Round) -> None:
    report = bring(current, HEAD + "2026-01,alpha,100,90,101,\n")
    (remark,) = report.rejected
    assert (remark.line, remark.column, remark.value) == (2, "rate", "101")
    assert str(remark).startswith("line 2, column rate, value 101: ")
    assert ("alpha", "rate") not in answers(current)
    assert ("alpha", "calls") in answers(current)
    assert report.totals["rate"].sums() == {"file": 101, "imported": 0, "unattributed": 0, "rejected": 101}


def test_a_hard_check_rejects_the_cells_that_it_names(current: Round) -> None:
    report = bring(current, HEAD + "2026-01,alpha,100,120,5,\n")
    assert [one.code for one in report.rejected] == ["check:answered_within_calls"]
    assert list(answers(current)) == [("alpha", "rate")]
    assert [one.code for one in report.flagged] == ["required:calls"]


def test_a_soft_edit_is_flagged_and_imported(current: Round) -> None:
    report = bring(current, HEAD + "2026-01,alpha,5000,90,5,\n")
    assert [(one.line, one.column, one.value, one.code) for one in report.flagged] == [
        (2, "calls", "5000", "soft_max:calls")
    ]
    assert answers(current)["alpha", "calls"].number == 5000


def test_a_large_change_since_the_last_round_is_flagged(current: Round) -> None:
    bring(current, HEAD + "2026-01,alpha,100,90,5,\n")
    to_state(current, "open", "close")
    later = field_round("field-02", "2026-02")
    report = bring(later, HEAD + "2026-02,alpha,300,90,5,\n2026-02,beta,300,90,5,\n")
    assert [(one.line, one.code) for one in report.flagged] == [(2, "soft_change:calls")]


def test_text_in_a_number_cell_is_located(current: Round) -> None:
    report = bring(current, HEAD + "2026-01,alpha,many,90,5,\n")
    (remark,) = report.rejected
    assert (remark.line, remark.column, remark.value) == (2, "calls", "many")
    assert "not a number" in remark.reason
    assert report.totals["calls"].unreadable == 1


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("2025-12,alpha,1,1,1,", "month", "the round is about 2026-01"),
        ("October,alpha,1,1,1,", "month", "the round is about 2026-01"),
        ("2026-01,delta,1,1,1,", "code", "no organisation has this code"),
        ("2026-01,,1,1,1,", "code", "is empty"),
        ("2026-01,alpha,,,,", "code", "no cell of this row holds an answer"),
    ],
)
def test_a_row_that_cannot_be_imported_is_located(current: Round, row: str, column: str, reason: str) -> None:
    report = bring(current, HEAD + "2026-01,beta,1,1,1,\n" + row + "\n")
    (remark,) = report.rejected
    assert (remark.line, remark.column) == (3, column)
    assert reason in remark.reason
    assert report.counts["imported"] == 1
    assert report.counts["rejected_rows"] == 1


def test_an_organisation_that_stands_twice_is_imported_from_neither_row(current: Round) -> None:
    report = bring(current, HEAD + "2026-01,alpha,1,1,1,\n2026-01,beta,1,1,1,\n2026-01,alpha,2,2,2,\n")
    assert [(one.line, one.value) for one in report.rejected] == [(2, "alpha"), (4, "alpha")]
    assert "also stands on line 4" in report.rejected[0].reason
    assert {code for code, _question in answers(current)} == {"beta"}
    assert report.totals["calls"].sums() == {"file": 4, "imported": 1, "unattributed": 0, "rejected": 3}


def test_a_row_with_too_few_or_too_many_cells_is_located(current: Round) -> None:
    report = bring(current, HEAD + "2026-01,alpha,1\n2026-01,beta,1,1,1,\n2026-01,gamma,1,1,1,,,9\n")
    assert [(one.line, one.code) for one in report.rejected] == [(2, "ragged"), (4, "ragged")]
    assert "3 cells and the header has 6" in report.rejected[0].reason
    assert report.counts["imported"] == 1


def test_lines_are_counted_through_cells_with_line_breaks(current: Round) -> None:
    report = bring(current, HEAD + '2026-01,alpha,1,1,1,"two\nlines"\n\n2026-01,delta,1,1,1,\n')
    assert [one.line for one in report.rejected] == [5]


def test_unattributed_rows_are_summed_and_no_organisation(current: Round) -> None:
    report = bring(
        current,
        HEAD + "2026-01,Unassigned,10,5,,\n2026-01,alpha,1,1,1,\n2026-01,Unassigned,20,,,\n2026-01,Unassigned,-4,x,,\n",
    )
    assert report.counts["unattributed"] == 3
    assert [(one.line, one.column) for one in report.rejected] == [(5, "answered"), (5, "calls")]
    with staff_scope():
        stored = {one.column: (one.total, one.rows) for one in UnattributedAmount.objects.filter(round=current)}
    assert stored == {"calls": (30, 2), "answered": (5, 1)}
    assert report.totals["calls"].sums() == {"file": 27, "imported": 1, "unattributed": 30, "rejected": -4}


UNATTRIBUTED = "2026-01,alpha,1,1,1,\n2026-01,beta,3,2,1,\n2026-01,Unassigned,10,5,,\n2026-01,Unassigned,20,6,,\n"


def unattributed(current: Round) -> dict[str, float]:
    with staff_scope():
        return {one.column: one.total for one in UnattributedAmount.objects.filter(round=current)}


@pytest.mark.parametrize(
    "later", ["2026-01,alpha,1,1,1,\n", "2025-12,alpha,1,1,1,\n2025-12,Unassigned,9,9,,\n", "2026-01,alp"]
)
def test_a_file_without_unattributed_rows_leaves_those_amounts(current: Round, later: str) -> None:
    bring(current, HEAD + UNATTRIBUTED)
    report = bring(current, HEAD + later)
    assert unattributed(current) == {"calls": 30, "answered": 11}
    assert report.counts["unattributed_changed"] == 0
    said = "\n".join(str(one) for one in report.of_kind("notice"))
    assert "no usable row of “Unassigned”: the amounts of an earlier import that belong to no organisation stay" in said
    assert "organisations that were imported earlier are not in this file" in said


def test_a_file_without_a_column_leaves_its_unattributed_amount(current: Round) -> None:
    bring(current, HEAD + UNATTRIBUTED)
    bring(current, "month,code,calls\n2026-01,alpha,1\n2026-01,Unassigned,40\n")
    assert unattributed(current) == {"calls": 40, "answered": 11}


def test_rows_of_no_organisation_and_empty_cells_are_located(current: Round) -> None:
    report = bring(current, HEAD + "2026-01,alpha,1,,1,\n2026-01,gamma,1,1,1,\n" + UNATTRIBUTED.replace("alpha", "x"))
    said = [str(one) for one in report.of_kind("notice")]
    assert any(one.startswith("line 6, column code, value Unassigned: 2 rows (lines 6, 7)") for one in said)
    assert any(one.startswith("line 2, column answered, value (empty): 1 cell is empty (line 2)") for one in said)


def test_answers_that_put_an_organisation_in_another_category_are_flagged(current: Round) -> None:
    head = "month,code,calls,region\n"
    report = bring(current, head + "2026-01,alpha,1,north\n2026-01,beta,1,west\n2026-01,gamma,1,\n", ignored=["region"])
    moved = [one for one in report.flagged if one.code == "dimension:region"]
    assert [(one.line, one.column, one.value) for one in moved] == [(3, "region", "west")]
    assert "“east” as region" in moved[0].reason


@pytest.mark.parametrize("text", [HEAD, HEAD + "\n\n"])
def test_a_file_with_column_names_only_is_refused(current: Round, text: str) -> None:
    bring(current, HEAD + UNATTRIBUTED)
    assert "no rows" in problems(current, text)
    assert unattributed(current) == {"calls": 30, "answered": 11}


def test_columns_that_do_not_fit_stop_the_import_with_every_problem_located(current: Round) -> None:
    text = "month,code,calls,calls,anwsered,mix\n2026-01,alpha,1,1,1,1\n"
    said = problems(current, text)
    assert "line 1, column “calls”: this name stands 2 times" in said
    assert "line 1, column “anwsered”: no question has this code" in said
    assert "Did you mean “answered”?" in said
    assert "mix.phone, mix.mail" in said
    with staff_scope():
        assert not Submission.objects.filter(round=current).exists()


def test_a_missing_key_column_is_named_with_the_nearest(current: Round) -> None:
    said = problems(current, "month,codes,calls\n2026-01,alpha,1\n")
    assert "the column “code” (the code of the organisation) is missing. Did you mean “codes”?" in said


def test_an_unknown_column_can_be_left_out_on_purpose(current: Round) -> None:
    report = bring(current, "month,code,calls,extra\n2026-01,alpha,1,2\n", ignored=["extra"])
    assert report.counts["imported"] == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_delimiter_and_byte_order_mark_do_not_matter(current: Round, delimiter: str, mark: bytes) -> None:
    text = "month,code,calls,answered\r\n2026-01,alpha,100,90\r\n".replace(",", delimiter)
    assert bring(current, mark + text.encode()).counts["imported"] == 1


def test_another_encoding_is_refused_with_the_byte_position(current: Round) -> None:
    data = (HEAD + "2026-01,alpha,1,1,1,caf").encode() + b"\xe9\n"
    said = problems(current, data)
    assert f"byte 0xE9 at position {len(data) - 2} (line 2)" in said
    assert "cp1252" in said
    assert "“é”" in said


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        ("month,code\n".encode("utf-16"), "UTF-16"),
        (b'month,code,calls\n2026-01,"alpha,1\n', "never closed"),
        (b"month,code,calls\n2026-01,al\x00pha,1\n", "zero byte on line 2"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(current: Round, data: bytes, reason: str) -> None:
    assert reason in problems(current, data)


def test_a_number_that_could_be_two_numbers_is_refused_unless_the_style_is_stated(current: Round) -> None:
    text = "month;code;calls;rate\n2026-01;alpha;1.234;12,5\n2026-01;beta;10;1.250\n"
    report = bring(current, text)
    assert [(one.line, one.column) for one in report.rejected] == [(3, "rate")]
    assert "two different numbers" in report.rejected[0].reason
    assert answers(current)["alpha", "calls"].number == 1234  # calls are whole, so 1.234 can be nothing else
    assert bring(current, text, numbers="en").rejected[0].column == "calls"
    assert answers(current)["beta", "rate"].number == 1.25


def test_parts_flags_and_choices_have_their_columns(current: Round) -> None:
    text = (
        "month,code,outsources,reason,mix.phone,mix.mail,tools.chat,tools.bot,note\n"
        "2026-01,alpha,ja,cost,60,40,1,0,merci\n2026-01,beta,no,,60,30,0,maybe,\n"
    )
    report = bring(current, text)
    stored = answers(current)
    assert stored["alpha", "outsources"].choice == "yes"
    assert stored["alpha", "mix"].parts == {"phone": 60, "mail": 40}
    assert stored["alpha", "tools"].choices == ["chat"]
    assert stored["alpha", "note"].typed == "merci"
    assert ("beta", "mix") not in stored
    assert [(one.line, one.column) for one in report.rejected] == [(3, "mix.phone, mix.mail"), (3, "tools.bot")]
    assert report.totals["mix.phone"].sums()["rejected"] == 60


def test_a_question_that_is_answered_online_is_never_overwritten(current: Round) -> None:
    to_state(current, "open")
    alpha = organisation("alpha")
    with participant_scope(alpha.pk):
        submission = start_submission(alpha, current, by=None)
        save_answers(submission, [Typing("calls", "5")], by=None, language="nl")
    report = bring(current, HEAD + "2026-01,alpha,100,90,5,\n2026-01,beta,1,1,1,\n")
    assert [(one.line, one.code) for one in report.rejected] == [(2, "kept_back")]
    assert answers(current)["alpha", "calls"].number == 5
    assert report.counts["created"] == 1


def test_after_the_freeze_nothing_is_imported(current: Round) -> None:
    to_state(current, "open", "close")
    with staff_scope():
        Round.objects.filter(pk=current.pk).update(state="frozen")
    with pytest.raises(NotPossibleNow, match=r"vastgezet|frozen"):
        bring(current, HEAD + "2026-01,alpha,1,1,1,\n")


def test_organisations_come_with_group_and_dimensions(current: Round) -> None:
    people = (
        "code,name,holding,sector,region,extra\n"
        "alpha,Alpha BV,H,Private,south,1\ndelta,Delta,H,publik,west,1\ndelta2,,H,public,west,1\n"
        "gamma,Gamma,,,a=b,1\n"
    )
    report = bring(current, HEAD + "2026-01,delta,1,1,1,\n", organisations=people)
    assert report.organisations == {"rows": 4, "created": 1, "updated": 1, "unchanged": 1}
    said = [(one.line, one.column, one.value) for one in report.organisation_remarks]
    assert said == [(3, "sector", "publik"), (4, "name", ""), (5, "region", "a=b")]
    assert "Did you mean “public”?" in report.organisation_remarks[0].reason
    alpha = organisation("alpha")
    assert (alpha.name, alpha.dimensions) == ("Alpha BV", {"sector": "private", "region": "south"})
    assert organisation("delta").dimensions == {"region": "west"}
    assert organisation("delta").group_id == alpha.group_id
    assert organisation("gamma").group_id is None


def test_the_command_reports_for_people_and_machines(
    current: Round, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, report = tmp_path / "a.csv", tmp_path / "r.json"
    source.write_text(HEAD + "2026-01,alpha,100,90,101,\n", encoding="utf-8")
    call_command("import_submissions", "field-01", str(source), "--report", str(report), "--dry-run")
    out = capsys.readouterr().out
    assert "rejected  line 2, column rate, value 101: " in out
    assert "Dry run: nothing was imported" in out
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["control_totals"]["calls"]["imported"] == 100
    assert [one["line"] for one in told["remarks"] if one["kind"] == "rejected"] == [2]
    with pytest.raises(CommandError, match="no round with the code"):
        call_command("import_submissions", "nowhere", str(source))
    source.write_text(HEAD + "2025-01,alpha,100,90,101,\n", encoding="utf-8")
    with pytest.raises(CommandError, match="No row could be imported"):
        call_command("import_submissions", "field-01", str(source))
