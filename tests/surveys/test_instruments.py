"""The questionnaires that ship with the portal: what must be in them, and that they accept a sensible organisation."""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from surveys.questionnaire import (
    AnswerValue,
    LocalText,
    QuestionnaireFile,
    check_submission,
    compare_versions,
    due_questions,
    load_questionnaire,
    parse_answer,
)

FOLDER = Path(__file__).resolve().parents[2] / "surveys" / "instruments"
FILES = sorted(FOLDER.glob("*.yaml"))
EDITIONS = ("2024", "2025", "2026")
WAITS = ("lt1m", "1_2m", "2_5m", "gt5m")
COUNTS = [
    *("inbound", "answered", "ivr_ended", "callback_requested", "missed", "callback_made"),
    *(f"{part}_{wait}" for part in ("ans", "dur", "miss") for wait in WAITS),
]

Typed = str | list[str] | dict[str, str]

# A medium-sized in-house contact centre, typed as a Dutch participant would.
ORGANISATION: dict[str, Typed] = {
    "contact_role": "service",
    "strategy_focus": ["experience", "prevention"],
    "chain_responsible": "yes",
    "chain_managers_fte": "1,5",
    "feedback_loop": "closed",
    "feedback_improvements": "24",
    "outsources": "yes",
    "outsourcing_reason": "cost",
    "outsourced_contacts": "40.000",
    "outsourcing_partners": "1",
    "partner_share_1": "11,1",
    "partner_price_model_1": "per_contact",
    "partner_satisfaction_1": "7",
    "outsourcing_outlook": "same",
    "biggest_challenge": "Genoeg goede mensen vinden.",
    "customers_served": "300.000",
    "contacts_handled": "360.000",
    "calls_offered": "230.000",
    "calls_handled": "216.000",
    "calls_abandoned": "14.000",
    "threshold_seconds": "30",
    "calls_within_threshold": "161.000",
    "wait_hours": "2.700",
    "talk_hours": "16.200",
    "hold_hours": "1.080",
    "acw_hours": "3.240",
    "logged_in_hours": "52.000",
    "occupied_hours": "41.600",
    "fcr_method": "customer",
    "fcr_measured": "8.000",
    "fcr_resolved": "5.840",
    "contact_costs": "2.520.000",
    "pillar_prevent": "stage_2",
    "pillar_self_service": "stage_3",
    "pillar_human_help": "stage_2",
    "knowledge_base": "central",
    "customer_view": "all_channels",
    "routing": "skill",
    "speech_analytics": "trial",
    "ai_uses": ["assist", "summary"],
    "ai_oversight": "contact_centre",
    "channel_mix": {
        "phone": "60",
        "email": "15,5",
        "web_form": "4",
        "portal": "3",
        "chat": "8",
        "whatsapp": "6",
        "social": "1",
        "video": "0",
        "counter": "2",
        "other": "0,5",
    },
    "channel_stage": "stage_2",
    "channel_steering": "by_question",
    "switch_base": "8.000",
    "switch_contacts": "2.160",
    "selfservice_sessions": "500.000",
    "selfservice_resolved": "310.000",
    "email_reply_hours": "20",
    "headcount_average": "62",
    "fte_total": "48,5",
    "fte_first_line": "39",
    "leavers": "14",
    "paid_hours": "90.800",
    "absent_hours": "6.300",
    "training_days": "310",
    "wage_hour": "17,45",
    "temporary_share": "12,5",
    "per_channel": {"phone.volume": "205.000", "phone.aht": "5:30", "phone.csat": "7,9", "chat.volume": "n.v.t."},
    "switch_effort": "3",
    "coaching_frequency": "monthly",
    "employee_score": "7,4",
    "ktv_score": "7,8",
    "ktv_responses": "9.200",
    "ces_variant": "effort_1_5",
    "ces_score": "2,15",
    "ces_responses": "8.700",
    "nps_responses": "4.000",
    "nps_promoters": "1.500",
    "nps_passives": "1.600",
    "nps_detractors": "900",
    "complaints": "1.950",
    "hostmanship_score": "8,1",
    "quality_monitoring": "sample_customer",
}


def instrument(name: str) -> QuestionnaireFile:
    return load_questionnaire((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")


@pytest.fixture(scope="module")
def national() -> QuestionnaireFile:
    return instrument("national-2026")


def answered(file: QuestionnaireFile, **changes: Typed | None) -> dict[str, AnswerValue]:
    """The sample organisation's answers, with some changed; None leaves an answer out."""
    typed = {code: value for code, value in {**ORGANISATION, **changes}.items() if value is not None}
    return {
        code: parse_answer(file.question(code), value, "nl") for code, value in typed.items() if file.has_question(code)
    }


def due(file: QuestionnaireFile, **changes: Typed | None) -> set[str]:
    return {question.code for question in due_questions(file, answered(file, **changes))}


def texts(value: object) -> Iterator[LocalText]:
    """Every text that a participant can see."""
    if isinstance(value, LocalText):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif hasattr(type(value), "model_fields"):
        for name in type(value).model_fields:
            yield from texts(getattr(value, name))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_instrument_loads_and_is_named_after_its_code_and_version(path: Path) -> None:
    file = load_questionnaire(path.read_text(encoding="utf-8"), path.name)
    assert path.stem == f"{file.questionnaire}-{file.version}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_instrument_is_polite_and_clean_in_both_languages(path: Path) -> None:
    file = load_questionnaire(path.read_text(encoding="utf-8"), path.name)
    for text in texts(file):
        assert set(text.root) == {"nl", "en"}
        assert not re.search(r"\b(je|jij|jouw|jullie)\b", text.text("nl"), re.IGNORECASE), "u-vorm"
        assert all(" ".join(words.split()) == words for words in text.root.values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_numeric_question_says_what_counts_and_in_which_unit(path: Path) -> None:
    file = load_questionnaire(path.read_text(encoding="utf-8"), path.name)
    for question in file.questions:
        if question.type in ("number", "money", "percentage", "percentage_set"):
            assert None not in (question.definition, question.unit, question.decimals), question.code
        if question.type in ("number", "money", "percentage"):
            assert question.hard is not None, question.code
            assert question.hard.min is not None, question.code


@pytest.mark.parametrize("edition", EDITIONS)
def test_national_has_six_themes_and_at_least_sixty_questions(edition: str) -> None:
    file = instrument(f"national-{edition}")
    assert [section.code for section in file.sections] == [
        "strategy", "operations", "technology", "channels", "people", "experience",
    ]  # fmt: skip
    assert len(file.questions) >= 60
    assert [dimension.code for dimension in file.dimensions] == ["sector", "size_band", "kind", "market"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_national_has_the_known_options_of_the_published_edition(edition: str) -> None:
    file = instrument(f"national-{edition}")
    labels = {
        code: [option.label.text("nl") for option in file.question(code).options or ()]
        for code in ("chain_responsible", "outsourcing_reason")
    }
    assert labels["chain_responsible"] == ["Ja", "Nee, een andere afdeling", "Formeel niet ingericht"]
    assert labels["outsourcing_reason"] == ["Tijd", "Kwaliteit", "Risico", "Skills", "Kosten"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_national_treats_money_as_sensitive_and_nothing_else(edition: str) -> None:
    file = instrument(f"national-{edition}")
    prices = {f"partner_price_model_{n}" for n in range(1, 6)} if edition == "2026" else set()
    sensitive = {question.code for question in file.questions if question.sensitive}
    assert sensitive == {"contact_costs", "wage_hour"} | prices


def test_chain_follow_ups_are_asked_only_of_those_to_whom_they_apply(national: QuestionnaireFile) -> None:
    follow_ups = {"chain_where", "chain_reason", "chain_managers_fte"}
    assert due(national, chain_responsible="yes") & follow_ups == {"chain_managers_fte"}
    assert due(national, chain_responsible="no_other_department") & follow_ups == {"chain_where", "chain_reason"}
    assert due(national, chain_responsible="not_formally_arranged") & follow_ups == {"chain_where", "chain_reason"}
    assert due(national, chain_responsible=None) & follow_ups == set()


def test_outsourcing_follow_ups_are_asked_only_of_those_who_outsource(national: QuestionnaireFile) -> None:
    follow_ups = {"outsourcing_reason", "outsourced_contacts", "outsourcing_partners", "outsourcing_outlook"}
    assert follow_ups <= due(national, outsources="yes")
    assert not follow_ups & due(national, outsources="no")
    assert not follow_ups & due(national, outsources=None)


def test_each_outsourcing_partner_is_asked_about_and_no_other(national: QuestionnaireFile) -> None:
    def asked_about(**answers: str) -> set[str]:
        return {code for code in due(national, outsources="yes", **answers) if code.startswith("partner_")}

    def of(count: int) -> set[str]:
        kinds = ("share", "price_model", "satisfaction")
        return {f"partner_{kind}_{n}" for kind in kinds for n in range(1, count + 1)}

    assert asked_about(outsourcing_partners="3") == of(3)
    assert asked_about(outsourcing_partners="12") == of(5)
    assert not any(code.startswith("partner_") for code in due(national, outsources="no", outsourcing_partners="3"))
    assert national.question("partner_share_2").text.text("nl").startswith("Partner 2: ")


def test_effort_score_is_asked_on_the_scale_that_is_used(national: QuestionnaireFile) -> None:
    scores = {"ces_score", "ces_score_7"}
    assert due(national, ces_variant="effort_1_5") & scores == {"ces_score"}
    assert due(national, ces_variant="ease_1_7") & scores == {"ces_score_7"}
    assert due(national, ces_variant="not_measured") & scores == set()


def test_oversight_of_ai_is_not_asked_without_ai(national: QuestionnaireFile) -> None:
    assert "ai_oversight" in due(national)
    assert "ai_oversight" not in due(national, ai_uses=["none"])
    assert "ai_oversight" not in due(national, ai_uses=None)


@pytest.mark.parametrize("edition", EDITIONS)
def test_sensible_organisation_gets_no_edits(edition: str) -> None:
    file = instrument(f"national-{edition}")
    # 2024 measured ease on 1–7
    answers = answered(file, ces_score="5,60") if edition == "2024" else answered(file)
    assert check_submission(file, answers) == []
    assert {question.code for question in due_questions(file, answers)} == set(answers), "one answer per question asked"


def test_worked_example_of_the_talk_time_is_right() -> None:
    """200,000 calls of 270 seconds are 15,000 hours: the help text must not teach a wrong sum."""
    pattern = re.compile(r"([\d,]+) calls of (\d+) seconds .* × (\d+) ÷ 3,600 = ([\d,]+) hours")
    found = 0
    for question in instrument("national-2026").questions:
        match = pattern.search(question.definition.text("en")) if question.definition else None
        if match:
            calls, seconds, again, hours = (int(group.replace(",", "")) for group in match.groups())
            assert seconds == again
            assert calls * seconds == hours * 3600
            found += 1
    assert found == 4


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"calls_abandoned": "20.000"}, "soft", "check:handled_within_offered"),
        ({"calls_within_threshold": "217.000"}, "hard", "check:within_threshold_within_handled"),
        ({"talk_hours": "972.000"}, "soft", "check:handling_time_not_too_long"),  # minutes instead of hours
        ({"talk_hours": "270", "hold_hours": "18", "acw_hours": "54"}, "soft", "check:handling_time_not_too_short"),
        ({"wait_hours": "162.000"}, "soft", "check:waiting_time_plausible"),
        ({"occupied_hours": "52.001"}, "hard", "check:occupied_within_logged_in"),
        ({"fcr_resolved": "8.001"}, "hard", "check:fcr_resolved_within_measured"),
        ({"outsourced_contacts": "360.001"}, "hard", "check:outsourced_within_contacts"),
        ({"fte_total": "63"}, "soft", "check:fte_within_headcount"),
        ({"nps_detractors": "901"}, "hard", "check:nps_parts_make_responses"),
        ({"contact_costs": "250.000"}, "soft", "check:cost_per_contact_not_too_low"),
        ({"ktv_score": "78"}, "hard", "hard_max:ktv_score"),
        ({"chain_responsible": None}, "hard", "required:chain_responsible"),
    ],
)
def test_slip_of_the_pen_is_noticed(
    national: QuestionnaireFile, changes: Mapping[str, Typed | None], kind: str, code: str
) -> None:
    findings = {(finding.kind, finding.code) for finding in check_submission(national, answered(national, **changes))}
    assert (kind, code) in findings


def test_channel_mix_must_sum_to_a_hundred(national: QuestionnaireFile) -> None:
    mix = dict(ORGANISATION["channel_mix"])  # type: ignore[arg-type]
    findings = check_submission(national, answered(national, channel_mix={**mix, "phone": "61"}))
    assert [(finding.kind, finding.code) for finding in findings] == [("hard", "total:channel_mix")]


@pytest.mark.parametrize(("old", "new"), [("2024", "2025"), ("2025", "2026")])
def test_each_changed_question_states_its_lineage(old: str, new: str) -> None:
    changes = compare_versions(instrument(f"national-{old}"), instrument(f"national-{new}"))
    assert [change.code for change in changes if change.suspect or change.change == "removed"] == []


def test_lineage_of_the_editions_is_what_the_reports_rely_on() -> None:
    first, second, third = (instrument(f"national-{edition}") for edition in EDITIONS)
    stated = [
        {change.code: change.relation for change in compare_versions(old, new) if change.change == "changed"}
        for old, new in ((first, second), (second, third))
    ]
    assert stated[0] == {"customer_view": "equivalent", "ces_score": "broken"}
    assert stated[1] == {
        "fcr_resolved": "equivalent",
        "contact_costs": "broken",
        "ces_score": "equivalent",
        "ces_responses": "equivalent",
        "outsourcing_partners": "same",  # its help tells what follows
    }


def month(**changes: str) -> dict[str, AnswerValue]:
    """A practice's month of which all parts add up, with some counts changed."""
    file = instrument("gp_telephony-2025")
    typed = dict.fromkeys((code for code in COUNTS if code[:3] in ("ans", "dur", "mis")), "50")
    typed |= {"inbound": "600", "answered": "200", "ivr_ended": "100", "callback_requested": "100", "missed": "200"}
    typed |= {"callback_made": "90", "list_size": "9480", **changes}
    return {code: parse_answer(file.question(code), text, "en") for code, text in typed.items()}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"inbound": "601"}, "check:parts_make_inbound"),
        ({"list_size": "2"}, "soft_min:list_size"),
        ({"list_size": "2"}, "check:calls_for_the_list_size"),
        ({"ans_gt5m": "51"}, "check:ans_parts_make_answered"),
        ({"dur_lt1m": "0"}, "check:dur_parts_make_answered"),
        ({"miss_lt1m": "0"}, "check:miss_parts_make_missed"),
        ({"callback_made": "101"}, "check:callbacks_made_within_requested"),
    ],
)
def test_traps_of_the_telephony_data_ask_a_reason_and_block_nothing(changes: Mapping[str, str], code: str) -> None:
    file = instrument("gp_telephony-2025")
    assert check_submission(file, month()) == []
    findings = check_submission(file, month(**changes))
    assert code in {finding.code for finding in findings}
    assert {finding.kind for finding in findings} == {"soft"}


def test_telephony_asks_each_published_count_and_the_list_size() -> None:
    file = instrument("gp_telephony-2025")
    assert sorted(question.code for question in file.questions) == sorted([*COUNTS, "list_size"])
    assert all(dimension.open for dimension in file.dimensions)
    assert file.import_mapping.group is None, "an ICB is no holding: practices contribute separately"


@pytest.mark.real_data
def test_telephony_names_every_column_of_the_real_files(real_data: Path) -> None:
    file = instrument("gp_telephony-2025")
    mapping = file.import_mapping
    questions = {question.code for question in file.questions}
    with (real_data / "organisations.csv").open(newline="", encoding="utf-8") as handle:
        rows = csv.DictReader(handle)
        regions = {row["region_code"]: row["region_name"] for row in rows}
        organisations = set(rows.fieldnames or ())
    labels = file.dimensions[0].labels("en")
    assert {code: name.upper() for code, name in labels.items()} == regions, "no reader is shown a code for a region"
    assert {mapping.organisation, mapping.name, *mapping.dimensions.values()} <= organisations
    for path in sorted(real_data.glob("answers_*.csv")):
        with path.open(newline="", encoding="utf-8") as handle:
            columns = set(next(csv.reader(handle)))
        assert columns - questions - set(mapping.ignore) == {mapping.organisation, mapping.period}
        assert questions <= columns
