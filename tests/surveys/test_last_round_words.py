"""Last round's answers are read as they were asked then; compared and taken over only where nothing changed."""

import pytest
from django.test import Client
from django.utils import timezone

from portal.models import Membership, Organisation, User
from portal.roles import MemberRole
from portal.tenancy import staff_scope
from surveys.models import Submission
from surveys.services.answers import Typing, save_answers, start_submission
from surveys.services.questionnaires import Unconfirmed, load_questionnaire_file
from surveys.services.rounds import advance_round, create_round
from tests.surveys.test_answering_pages import question

pytestmark = pytest.mark.django_db
BEFORE = """\
questionnaire: words
version: "2025"
title: {nl: Woorden, en: Words}
sections:
  - code: all
    title: {nl: Alles, en: All}
    questions:
      - {code: since, type: date, text: {nl: Sinds, en: Since}}
      - {code: quarter, type: period, precision: quarter, text: {nl: Kwartaal, en: Quarter}}
      - {code: span, type: ratio, text: {nl: Span, en: Span}}
      - {code: open, type: number, text: {nl: Open, en: Open}, unit: {nl: uur, en: hours}, soft_change: 0.5}
      - code: effort
        type: likert
        text: {nl: Moeite, en: Effort}
        scale: {min: 1, max: 5, direction: low_is_good, low: {nl: weinig, en: little}, high: {nl: veel, en: much}}
      - code: mix
        type: percentage_set
        text: {nl: Verdeling, en: Mix}
        total: 100
        parts: [{code: phone, label: {nl: Bel, en: Phone}}, {code: mail, label: {nl: Mail, en: Mail}}]
      - code: cells
        type: matrix
        text: {nl: Cellen, en: Cells}
        rows: [{code: phone, label: {nl: Bel, en: Phone}}]
        columns:
          - {code: volume, label: {nl: Aantal, en: Volume}}
          - {code: aht, label: {nl: Duur, en: AHT}, type: duration}
"""
NOW = (
    BEFORE.replace('"2025"', '"2026"')
    .replace("unit: {nl: uur, en: hours}", "unit: {nl: dagen, en: days}")
    .replace("low_is_good", "high_is_good")
)
ANSWERS: dict[str, object] = {
    "since": "01-01-2026", "quarter": "2026-K1", "span": "1:12", "open": "700", "effort": "2",
    "mix": {"phone": "60", "mail": "40"}, "cells": {"phone.volume": "100", "phone.aht": "4:30"},
}  # fmt: skip
PAGE = "/my/rounds/words-2026/all/"


@pytest.fixture
def client() -> Client:
    """Somebody who answers the second round, and answered the first."""
    with staff_scope():
        mine = Organisation.objects.create(code="zilver", name="Zilver")
        person = User.objects.create_user("c@example.org", None, name="C")
        Membership.objects.create(organisation=mine, user=person, role=MemberRole.COORDINATOR)
        rounds = {}
        for year, text in ((2025, BEFORE), (2026, NOW)):
            confirmed = ["open", "effort"] if year == 2026 else []
            version = load_questionnaire_file(text, "words.yaml", by=None, confirmed=confirmed).version
            assert version is not None
            rounds[year] = create_round(
                code=f"words-{year}", title_nl="W", title_en="W", version=version, reference_period=str(year), by=None
            )
            advance_round(rounds[year].pk, "open", by=None)
        before, now = (start_submission(mine, rounds[year], by=None) for year in (2025, 2026))
        save_answers(before, [Typing(code, typed) for code, typed in ANSWERS.items()], by=None, language="nl")  # type: ignore[arg-type]
        Submission.objects.filter(pk=before.pk).update(state="submitted", submitted_at=timezone.now())
        new = {"open": "30", "effort": "4", "mix": {"phone": "65", "mail": "35"}, "cells": {"phone.volume": "150"}}
        save_answers(now, [Typing(code, typed) for code, typed in new.items()], by=None, language="nl")  # type: ignore[arg-type]
    browser = Client()
    browser.force_login(person)
    return browser


def test_each_type_is_written_as_what_it_is(client: Client) -> None:
    page = client.get(PAGE)
    for code, shown in (("since", "01-01-2026"), ("quarter", "2026-K1"), ("span", "1 : 12")):
        assert f"<b>{shown}</b>" in question(page, code), code
        assert f'value="{code}" data-take' in question(page, code), code


def test_another_unit_or_scale_is_read_and_neither_compared_nor_taken_over(client: Client) -> None:
    page = client.get(PAGE)
    assert "<b>700 uur (toen anders gevraagd)</b>" in question(page, "open")
    assert "(toen anders gevraagd)" in question(page, "effort")
    for code in ("open", "effort"):
        assert "data-take" not in question(page, code).replace("data-take-over", ""), code
        assert "%" not in question(page, code), code
        assert "why-" not in question(page, code), code


def test_parts_and_cells_are_compared_one_by_one(client: Client) -> None:
    page = client.get("/en" + PAGE)
    assert "Phone: now 5 points more; Mail: now 5 points less" in question(page, "mix")
    assert "Phone, Volume: now 50 % more" in question(page, "cells")
    assert "<b>270 seconds</b>" in question(page, "cells")
    assert "Minutes and seconds (4:30)" in question(page, "cells"), "how the times in it are typed"


def test_another_meaning_must_be_confirmed_by_name() -> None:
    with staff_scope():
        load_questionnaire_file(BEFORE, "words.yaml", by=None)
        with pytest.raises(Unconfirmed) as caught:
            load_questionnaire_file(NOW, "words.yaml", by=None)
    assert caught.value.names == ("open", "effort")
