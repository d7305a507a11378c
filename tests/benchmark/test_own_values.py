"""Own values: what the computation made of one organisation's answers, and nobody else's."""

import math

import numpy as np
from django.test import Client

from benchmark.selectors.contributions import read_contributions
from benchmark.selectors.own_values import own_values, rounds_taken_part, values_of_answers
from benchmark.selectors.releases import published_release
from benchmark.services.indicators import options_of
from benchmark.stats.columns import Status
from benchmark.stats.indicators import load_indicators
from benchmark.stats.kpis import kpi_values
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.questionnaire import AnswerStatus, AnswerValue, load_questionnaire, parse_answer
from surveys.services.imports import ImportedAnswer, ImportedSubmission, hold_round_for_import, store_submissions
from surveys.services.rounds import advance_round
from tests.sign_in import sign_in
from tests.world import ALFA, INDICATORS, QUESTIONNAIRE, World

FILE = load_questionnaire(QUESTIONNAIRE.format(year=2025))
ITEMS = load_indicators(INDICATORS.format(year=2025))


def answers(**typed: str) -> dict[str, AnswerValue]:
    return {code: parse_answer(FILE.question(code), text, "nl") for code, text in typed.items()}


def test_a_ratio_a_value_and_a_choice_are_what_was_answered() -> None:
    found = values_of_answers(ITEMS, FILE, answers(**ALFA))
    assert found["aht"].value == 300.0
    assert found["satisfaction"].value == 7.61
    assert found["owner"].options == ("ours",)
    assert {own.status for own in found.values()} == {Status.ANSWERED}


def test_four_kinds_of_no_value_stay_apart() -> None:
    zero = values_of_answers(ITEMS, FILE, answers(calls="100", talk="0"))
    assert zero["aht"].value == 0.0  # zero is a value
    none = values_of_answers(ITEMS, FILE, {})
    assert none["aht"].status is Status.NONRESPONSE
    unknown = answers(calls="100") | {"talk": AnswerValue(AnswerStatus.NOT_AVAILABLE)}
    assert values_of_answers(ITEMS, FILE, unknown)["aht"].status is Status.NOT_AVAILABLE
    divided = values_of_answers(ITEMS, FILE, answers(talk="10") | {"calls": AnswerValue(AnswerStatus.ANSWERED, 0.0)})
    assert divided["aht"].value is None
    assert divided["aht"].without_denominator


def test_own_values_are_what_entered_the_release(world: World) -> None:
    with worker_scope():
        given = read_contributions(world.finished.pk, 1)
        view = published_release(world.finished.code)
    assert given is not None
    assert view is not None
    for organisation in (world.a, world.b):
        row = int(np.flatnonzero(given.panel.organisation == organisation.pk)[0])
        with participant_scope(organisation.pk):
            own = own_values(organisation, world.finished, view.indicators)
        for indicator in view.indicators.items:
            frozen = kpi_values(indicator, given.columns, {}, options_of(indicator, view.questionnaire))
            mine = own[indicator.code]
            assert int(mine.status) == int(frozen.status[row])
            if frozen.chosen is None:
                assert mine.value is not None
                assert math.isclose(mine.value, float(frozen.value[row]), rel_tol=0)
            else:
                assert mine.options == tuple(np.array(frozen.options)[frozen.chosen[row]])


def test_answers_that_were_not_submitted_are_no_values(world: World) -> None:
    with participant_scope(world.a.pk):
        own = own_values(world.a, world.open, ITEMS)
        assert rounds_taken_part(world.a, [world.finished, world.open]) == {world.finished.pk}
    assert not own.took_part
    assert dict(own) == {}


def test_another_organisation_cannot_be_read_in_my_scope(world: World) -> None:
    with participant_scope(world.a.pk):
        assert not own_values(world.b, world.finished, ITEMS).took_part


def test_answers_changed_after_the_results_are_called_newer(world: World, client: Client) -> None:
    person = world.person("coordinator of A")
    address = f"/my/results/{world.finished.code}/"
    sign_in(client, person)
    assert "Uw antwoorden zijn gewijzigd" not in client.get(address).content.decode()
    changed = ImportedAnswer("calls", "2000", parse_answer(FILE.question("calls"), "2000", "nl"))
    with staff_scope():
        advance_round(world.finished.pk, "correct", by=None)
        held = hold_round_for_import(world.finished.pk)
        store_submissions(held, [ImportedSubmission(world.a.pk, (changed,))], ["calls"], by=None)
    for path in (address, f"{address}aht/"):
        assert "Uw antwoorden zijn gewijzigd" in client.get(path).content.decode()
