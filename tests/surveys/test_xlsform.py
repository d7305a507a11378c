"""XLSForm: what we write is judged by pyxform; what we read back says the same; what has no counterpart is listed."""

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from pyxform.xls2xform import convert

from portal.errors import InvalidInput
from surveys.importers.questionnaires import read_upload
from surveys.importers.xlsform import read_xlsform, write_xlsform
from surveys.questionnaire import Question, QuestionnaireFile, Range, load_questionnaire, question_type
from surveys.questionnaire.xlsform_limits import read_constraint, xpath_number, xpath_range
from surveys.questionnaire.xlsform_out import to_xlsform
from tests.surveys.questionnaire.example import EXAMPLE
from tests.surveys.questionnaire.test_asking import INSIDE_TEXT
from tests.surveys.questionnaire.test_asking import TEXT as ASKING

NATIONAL = (Path(__file__).resolve().parents[2] / "surveys" / "instruments" / "national-2026.yaml").read_text("utf-8")
TEXTS = {"national": NATIONAL, "example": EXAMPLE, "asking": ASKING, "inside": INSIDE_TEXT}


def workbook(**sheets: list[list[str]]) -> bytes:
    """A workbook of somebody else."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


@pytest.mark.parametrize("name", TEXTS)
def test_pyxform_takes_what_we_write(name: str) -> None:
    file = load_questionnaire(TEXTS[name])
    made = convert(io.BytesIO(write_xlsform(file)), file_type=".xlsx", validate=False)
    assert made.warnings == []
    assert all(f"/{question.code}" in made.xform for question in file.questions)
    assert 'lang="Nederlands (nl)"' in made.xform
    assert 'lang="English (en)"' in made.xform


def test_a_sum_over_copies_holds_in_the_form_whichever_copy_is_the_last() -> None:
    file = load_questionnaire(INSIDE_TEXT.replace("sum(fte_*) <= all_fte", "sum(fte_*) <= 12"))
    rows = {row["name"]: row for row in to_xlsform(file).survey}
    for number, others in ((1, (2, 3)), (2, (1, 3)), (3, (1, 2))):
        limit = rows[f"fte_{number}"]["constraint"]
        assert "coalesce(., 0)" in limit
        assert all(f"coalesce(${{fte_{other}}}, 0)" in limit for other in others)
        assert "= ''" not in limit, "a copy that is not asked is no reason to let everything pass"
    made = convert(io.BytesIO(write_xlsform(file)), file_type=".xlsx", validate=False)
    assert made.warnings == []


def asked(question: Question) -> tuple[object, ...]:
    """What both formats know of a question."""
    kind = question_type(question)
    labels = [(one.code, one.label.root, one.exclusive, one.namely) for one in kind.options(question)]
    hard = question.hard.model_dump() if question.hard and question.type != "duration" else None
    detail = question.detail.when if question.detail else None
    return (
        question.type,
        question.text.root,
        question.required,
        labels,
        hard,
        kind.part_codes(question),
        detail,
    )


@pytest.mark.parametrize("name", ["national", "example"])
def test_what_we_write_reads_back_as_the_same_questions(name: str) -> None:
    file = load_questionnaire(TEXTS[name])
    text, _left_out = read_xlsform(write_xlsform(file))
    back = load_questionnaire(text)
    assert [one.code for one in back.questions] == [one.code for one in file.questions]
    assert [one.title.root for one in back.sections] == [one.title.root for one in file.sections]
    different = [one.code for one in file.questions if asked(one) != asked(back.question(one.code))]
    assert different == []
    assert routes(back) == routes(file)


def routes(file: QuestionnaireFile) -> dict[str, str]:
    """Name → condition, without the brackets that say the same."""
    rows = [row for row in to_xlsform(file).survey if row.get("relevant")]
    return {row["name"]: re.sub(r"[()]", "", row["relevant"]) for row in rows}


def test_everything_that_does_not_go_over_is_listed() -> None:
    file = load_questionnaire(ASKING)
    lost = "\n".join(to_xlsform(file).left_out)
    assert "`beds`: asked if `organisation.sector`" in lost
    assert "`dimensions`" in lost
    assert "`each_site`.repeat: written out" in lost
    national = load_questionnaire(NATIONAL)
    lost = "\n".join(to_xlsform(national).left_out)
    soft = [check.code for check in national.checks if check.kind == "soft"]
    assert soft
    assert all(f"check `{code}`" in lost for code in soft)
    for question in national.questions:
        for key in ("soft", "soft_change", "same_as", "sensitive"):
            if getattr(question, key):
                assert f"`{question.code}`.{key}" in lost


FOREIGN = {
    "survey": [
        ["type", "name", "label::English", "label::Dutch (nl)", "required", "relevant", "constraint", "body::x"],
        ["start", "start", "", "", "", "", "", ""],
        ["begin group", "Main-Group", "Main", "Hoofd", "", "", "", ""],
        ["note", "hello", "Welcome", "Welkom", "", "", "", ""],
        ["integer", "Age", "Your age", "Uw leeftijd", "yes", "", ". >= 0 and . <= 120", ""],
        ["select_one yn", "smokes", "Do you smoke?", "Rookt u?", "", "${Age} > 17", "", ""],
        ["select_multiple colours or_other", "liked", "Which?", "Welke?", "", "selected(${smokes}, 'yes')", "", ""],
        ["geopoint", "where", "Where?", "Waar?", "", "", "", "x"],
        ["end group", "", "", "", "", "", "", ""],
        ["begin repeat", "kid", "Child", "Kind", "", "", "", ""],
        ["text", "kid_name", "Name", "Naam", "", "jr:choice-name(1)", "regex(., 'a')", ""],
        ["end repeat", "", "", "", "", "", "", ""],
        ["date", "when", "When?", "Wanneer?", "", "not(${smokes} = 'yes')", "", ""],
    ],
    "choices": [
        ["list_name", "name", "label::English", "label::Dutch (nl)"],
        ["yn", "yes", "Yes", "Ja"],
        ["yn", "no", "No", "Nee"],
        ["colours", "Red-1", "Red", "Rood"],
        ["colours", "blue", "Blue", "Blauw"],
    ],
    "settings": [["form_title", "form_id"], ["People", "people-2026"]],
}


def test_a_form_of_somebody_else_becomes_a_draft_and_tells_what_is_missing() -> None:
    text, lost = read_xlsform(workbook(**FOREIGN))
    file = load_questionnaire(text)
    assert (file.questionnaire, [one.code for one in file.sections]) == (
        "people_2026",
        ["main_group", "kid", "general"],
    )
    age, liked = file.question("age"), file.question("liked")
    assert (age.required, age.decimals, age.hard and age.hard.max) == (True, 0, 120)
    assert [one.code for one in liked.options or ()] == ["red_1", "blue", "other"]
    assert (liked.options or ())[2].namely
    assert (file.question("smokes").ask_if, liked.ask_if) == ("age > 17", "smokes == 'yes'")
    assert file.question("when").ask_if == "not (smokes == 'yes')"
    said = "\n".join(lost)
    for what in ("“start”", "“Age” is called `age`", "geopoint", "repeat “kid”", "jr:choice-name", "regex", "body::x"):
        assert what in said, what


def test_a_repeat_in_a_group_becomes_the_repeated_questions_of_its_theme() -> None:
    survey = [
        ["type", "name", "label::English", "label::Dutch (nl)", "repeat_count"],
        ["begin group", "family", "Family", "Gezin", ""],
        ["integer", "children", "How many?", "Hoeveel?", ""],
        ["begin repeat", "child", "Child", "Kind", "${children}"],
        ["text", "called", "Called?", "Naam?", ""],
        ["integer", "aged", "Aged?", "Leeftijd?", ""],
        ["end repeat", "", "", "", ""],
        ["text", "pets", "Pets?", "Dieren?", ""],
        ["end group", "", "", "", ""],
    ]
    text, lost = read_xlsform(workbook(survey=survey, settings=FOREIGN["settings"]))
    file = load_questionnaire(text)
    assert [one.code for one in file.questions][:5] == ["children", "called_1", "aged_1", "called_2", "aged_2"]
    assert file.questions[-1].code == "pets"
    assert file.question("called_2").text.text("nl") == "Kind 2: Naam?"
    assert any("at most 10 copies" in one for one in lost)


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04", workbook(nothing=[["a"]]), workbook(survey=[["type", "name"]]), b"MZ" + b"x" * 100],
    ids=["broken", "no survey", "no questions", "program"],
)
def test_what_is_no_xlsform_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_upload("form.xlsx", data)


def test_text_in_a_form_is_never_a_formula() -> None:
    hostile = EXAMPLE.replace("en: Do you outsource?", 'en: "=cmd|x"')
    book = write_xlsform(load_questionnaire(hostile))
    file: QuestionnaireFile = load_questionnaire(read_xlsform(book)[0])
    assert file.question("outsources").text.text("en") == "=cmd|x"


def survey(*rows: list[str]) -> tuple[QuestionnaireFile, str]:
    """A form with these rows (type, name, label, constraint) as a draft, and what did not come along."""
    head = ["type", "name", "label::English", "label::Dutch (nl)", "constraint", "default", "appearance"]
    filled = [[row[0], row[1], row[2], row[2], *row[3:]] for row in rows]
    text, lost = read_xlsform(workbook(survey=[head, *filled], settings=FOREIGN["settings"]))
    return load_questionnaire(text), "\n".join(lost)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_is_written_in_digits_and_reads_back(value: float) -> None:
    written = xpath_number(value)
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", written)
    assert float(written) == value
    assert read_constraint(f". >= {written}") == ({"min": value}, [], [])


@given(st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False)))
def test_any_range_goes_out_and_comes_back(limits: tuple[float, float]) -> None:
    bounds = Range(min=min(limits), max=max(limits))
    assert read_constraint(" and ".join(xpath_range(bounds)))[0] == {"min": bounds.min, "max": bounds.max}


def test_large_and_small_limits_survive_the_workbook() -> None:
    before = "hard: {min: 0}\n        soft: {min: 10, max: 1000000}"
    text = EXAMPLE.replace(before, "hard: {min: 0.0000001, max: 10000000}")
    file = load_questionnaire(text)
    limit = next(row for row in to_xlsform(file).survey if row["name"] == "inbound")["constraint"]
    assert limit.startswith(". >= 0.0000001 and . <= 10000000")
    back = load_questionnaire(read_xlsform(write_xlsform(file))[0]).question("inbound").hard
    assert (back and back.min, back and back.max) == (0.0000001, 10_000_000)


@pytest.mark.parametrize(
    "constraint",
    [
        ". >= 5 or . = 0",
        ". <= 1e+07",
        "not(. >= 5)",
        ". >= 5 + 1",
        ". > 5",
        "(. >= 1 and . <= 2) or . = 9",
        ". >= ${b}",
    ],
)
def test_a_constraint_that_is_no_range_is_listed_and_not_half_read(constraint: str) -> None:
    file, lost = survey(["integer", "a", "A", constraint])
    assert file.question("a").hard is None
    assert f"constraint “{constraint}”" in lost


def test_a_range_within_brackets_is_read_and_what_stands_beside_it_is_listed() -> None:
    file, lost = survey(["decimal", "a", "A", "(. >= -2.5 and (. <= 7)) and regex(., 'x and y')"])
    assert file.question("a").hard == Range(min=-2.5, max=7)
    assert "regex" in lost
    file, lost = survey(["text", "a", "A", ". <= 5"])
    assert "constraint “. <= 5”" in lost


def test_questions_outside_groups_become_themes_that_can_be_told_apart() -> None:
    begin, end = ["begin group", "work", "Work"], ["end group", "", ""]
    a, b, c, d = (["integer", code, code.upper()] for code in "abcd")
    file, _lost = survey(a, begin, b, end, c, begin, d, end)
    assert [(one.code, [q.code for q in one.questions]) for one in file.sections] == [
        ("general", ["a"]), ("work", ["b"]), ("general_2", ["c"]), ("work_2", ["d"]),
    ]  # fmt: skip


def test_default_and_looks_are_listed() -> None:
    _file, lost = survey(["integer", "a", "A", "", "5", "thousands-sep"])
    assert "its default “5”" in lost
    assert "thousands-sep" in lost


def test_what_only_the_portal_knows_is_listed_on_the_way_out() -> None:
    text = EXAMPLE.replace("en: Talk time}", 'en: "Talk time at {organisation.name}"}')
    text = text.replace("en: Volume}, decimals: 0,", "en: Volume}, decimals: 0, soft: {max: 9},")
    made = to_xlsform(load_questionnaire(text))
    lost = "\n".join(made.left_out)
    for what in (
        "`effort`.scale", "`month`.precision", "`absenteeism`.decimals", "`per_channel`.volume.soft", "`title`",
        "`talk`: {organisation.name} in its text",
    ):  # fmt: skip
        assert what in lost, what
    label = next(row for row in made.survey if row["name"] == "talk")["label::English (en)"]
    assert label == "Talk time at …"
    rows = {row["name"]: row for row in made.survey}
    assert ">= 99.95" in rows["channel_mix_mail"]["constraint"], "the parts may miss the total by what rounding makes"
