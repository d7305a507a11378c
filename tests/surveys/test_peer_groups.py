"""What staff settle about peer groups before the freeze: unions and chosen groups, in services and on their page."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from portal.errors import InvalidInput, NotAllowed, NotPossibleNow
from portal.models import AuditEntry
from portal.roles import FoundationRole
from portal.tenancy import staff_scope
from surveys.models import Round
from surveys.services.peer_groups import (
    choose_crossings,
    declare_union,
    declared_unions,
    offer_free_groups,
    withdraw_union,
)
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import create_round, start_round_job
from surveys.tasks import freeze_round
from tests.sign_in import sign_in
from tests.surveys.fielding import QUESTIONNAIRE, bring, field_round, staff_member, to_state

pytestmark = pytest.mark.django_db
SEMI = "      - {code: semi, label: {nl: Semipubliek, en: Semi-public}}"
OTHER = "      - {code: other, label: {nl: Overig, en: Other}}"
ADDRESS = "/en/staff/rounds/field-02/peer-groups/"


def four_sectors() -> Round:
    """A draft round of a questionnaire with four sectors; the organisations are those of `field_round`."""
    field_round()
    text = QUESTIONNAIRE.replace('version: "1"', 'version: "2"').replace(
        "Public sector}}", f"Public sector}}}}\n{SEMI}\n{OTHER}"
    )
    with staff_scope():
        version = load_questionnaire_file(text, "field.yaml", by=None).version
        assert version is not None
        return create_round(
            code="field-02", title_nl="Veld 2", title_en="Field 2", version=version, reference_period="2026-01", by=None
        )


def declare(current: Round, *categories: str, dimension: str = "sector", nl: str = "", en: str = "") -> Round:
    with staff_scope():
        return declare_union(current.pk, dimension=dimension, categories=categories, label_nl=nl, label_en=en, by=None)


def stored() -> Round:
    with staff_scope():
        return Round.objects.get(code="field-02")


def signed_in(role: FoundationRole = FoundationRole.RESEARCHER) -> Client:
    client = Client()
    sign_in(client, staff_member(role))
    return client


def test_a_union_is_stored_in_the_order_of_the_questionnaire_and_audited() -> None:
    current = four_sectors()
    declare(current, "semi", "public")
    declare(current, "other", "private", nl="Rest  van de markt", en="Rest of the market")
    assert stored().unions == [
        {
            "dimension": "sector",
            "categories": ["public", "semi"],
            "label": {"nl": "Publiek of Semipubliek", "en": "Public sector or Semi-public"},
        },
        {
            "dimension": "sector",
            "categories": ["private", "other"],
            "label": {"nl": "Rest van de markt", "en": "Rest of the market"},
        },
    ]
    assert declared_unions(stored()) == {"sector": (("public", "semi"), ("private", "other"))}
    with staff_scope():
        withdraw_union(current.pk, dimension="sector", categories=["semi", "public"], by=None)
        withdraw_union(current.pk, dimension="sector", categories=["semi", "public"], by=None)  # nothing to do
        actions = list(AuditEntry.objects.filter(action__startswith="round.union").values_list("action", flat=True))
    assert declared_unions(stored()) == {"sector": (("private", "other"),)}
    assert sorted(actions) == ["round.union_declared", "round.union_declared", "round.union_withdrawn"]


@pytest.mark.parametrize(
    ("dimension", "categories", "text"),
    [
        ("sector", ["public"], "two or more"),
        ("sector", ["public", "public"], "two or more"),
        ("sector", ["private", "public", "semi", "other"], "not all"),
        ("sector", ["public", "elsewhere"], "does not exist"),
        ("region", ["north", "east"], "fixed list"),
        ("size", ["a", "b"], "fixed list"),
    ],
)
def test_what_is_no_union_is_refused(dimension: str, categories: list[str], text: str) -> None:
    current = four_sectors()
    with pytest.raises(InvalidInput, match=text):
        declare(current, *categories, dimension=dimension)
    assert stored().unions == []


def test_a_union_is_declared_once_and_its_label_is_short() -> None:
    current = four_sectors()
    declare(current, "public", "semi")
    with pytest.raises(InvalidInput, match="already"):
        declare(current, "semi", "public")
    with pytest.raises(InvalidInput, match="120"):
        declare(current, "semi", "other", en="x" * 121)


def test_after_the_freeze_nothing_changes_any_more_not_even_in_a_correction() -> None:
    current = four_sectors()
    declare(current, "public", "semi")
    bring(current, "month,code,calls\n2026-01,alpha,2000\n")
    to_state(current, "open", "close")
    with staff_scope():
        job = start_round_job(current.pk, "freeze", by=None)
    freeze_round(job.pk)
    for _again in range(2):
        with staff_scope():
            with pytest.raises(NotPossibleNow, match="settled"):
                declare_union(
                    current.pk, dimension="sector", categories=["semi", "other"], label_nl="", label_en="", by=None
                )
            with pytest.raises(NotPossibleNow, match="settled"):
                withdraw_union(current.pk, dimension="sector", categories=["semi", "public"], by=None)
            with pytest.raises(NotPossibleNow, match="settled"):
                offer_free_groups(current.pk, offered=True, by=None)
            with pytest.raises(NotPossibleNow, match="settled"):
                choose_crossings(current.pk, crossings=1, by=None)
            Round.objects.filter(pk=current.pk).update(state=Round.State.CLOSED)  # as a correction does
    assert len(stored().unions) == 1
    assert stored().crossings == 2
    assert "What do peer groups consist of?" not in signed_in().get(ADDRESS).content.decode()


def test_how_fine_groups_are_is_chosen_and_audited_once() -> None:
    current = four_sectors()
    assert current.crossings == 2, "as rounds were before it could be chosen"
    with staff_scope():
        for crossings in (3, 1, 1):
            choose_crossings(current.pk, crossings=crossings, by=None)
        noted = AuditEntry.objects.filter(action="round.crossings_chosen").order_by("pk")
        assert [(entry.detail["before"], entry.detail["after"]) for entry in noted] == [(2, 3), (3, 1)]
    assert stored().crossings == 1


@pytest.mark.parametrize("crossings", [0, 4, -1])
def test_other_numbers_of_dimensions_are_refused_by_service_and_database(crossings: int) -> None:
    current = four_sectors()
    with staff_scope(), pytest.raises(InvalidInput, match="one, two or three"):
        choose_crossings(current.pk, crossings=crossings, by=None)
    with pytest.raises(IntegrityError), transaction.atomic(), staff_scope():
        Round.objects.filter(pk=current.pk).update(crossings=crossings)
    assert stored().crossings == 2


def test_page_chooses_how_fine_and_refuses_nonsense() -> None:
    four_sectors()
    client = signed_in()
    before = client.get(ADDRESS).content.decode()
    assert 'value="2" id="crossings-2" checked' in before
    assert "about 100 organisations" in before
    after = client.post(f"{ADDRESS}cross/", {"crossings": "1"}, follow=True).content.decode()
    assert 'value="1" id="crossings" checked' in after
    for nonsense in ("", "0", "x", "²", "4"):
        assert (
            "one, two or three"
            in client.post(f"{ADDRESS}cross/", {"crossings": nonsense}, follow=True).content.decode()
        )
    assert stored().crossings == 1


def test_only_who_runs_rounds_decides() -> None:
    current = four_sectors()
    publisher = staff_member(FoundationRole.PUBLISHER)
    with staff_scope(), pytest.raises(NotAllowed):
        offer_free_groups(current.pk, offered=True, by=publisher)
    with staff_scope(), pytest.raises(NotAllowed):
        choose_crossings(current.pk, crossings=1, by=publisher)
    assert stored().crossings == 2
    assert not stored().offers_free_groups


def test_page_declares_withdraws_and_offers() -> None:
    four_sectors()
    client = signed_in()
    assert "No unions were declared" in client.get(ADDRESS).content.decode()
    data = {"dimension": "sector", "category": ["public", "semi"], "label_en": "Public and near", "label_nl": ""}
    made = client.post(f"{ADDRESS}declare/", data, follow=True).content.decode()
    assert "Public and near" in made
    assert "Publiek of Semipubliek" in made
    refused = client.post(f"{ADDRESS}declare/", data, follow=True).content.decode()
    assert "declared already" in refused
    offered = client.post(f"{ADDRESS}offer/", {"offer": "yes"}, follow=True).content.decode()
    assert "will be able to choose" in offered
    assert stored().offers_free_groups
    gone = client.post(f"{ADDRESS}withdraw/", {"dimension": "sector", "category": ["semi", "public"]}, follow=True)
    assert "No unions were declared" in gone.content.decode()
    assert client.post(f"{ADDRESS}else/").status_code == 404


def test_page_ticks_what_was_advised_and_shows_a_reader_no_forms() -> None:
    four_sectors()
    advised = signed_in().get(f"{ADDRESS}?dimension=sector&category=public&category=semi").content.decode()
    assert advised.count(" checked") == 4  # two categories, "no" to chosen groups, how fine groups are
    reader = signed_in(FoundationRole.PUBLISHER)
    assert "peer-groups/declare" not in reader.get(ADDRESS).content.decode()
    assert reader.post(f"{ADDRESS}declare/", {"dimension": "sector"}).status_code == 403
