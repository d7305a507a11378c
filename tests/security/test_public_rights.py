"""What the public's role may read when somebody makes it run SQL of their own: what is behind published figures."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from benchmark.models import IndicatorSet, Release
from benchmark.services.indicators import store_indicators
from portal.rls import GRANTS
from portal.tenancy import Tenancy, api_scope, participant_scope, staff_scope
from surveys.models import Questionnaire, QuestionnaireVersion, Round
from surveys.services.corrections import start_correction
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import create_round
from tests.world import INDICATORS, QUESTIONNAIRE, World

pytestmark = pytest.mark.django_db
# Of each table the rows that a published release stands on, asked by who may see everything.
BEHIND: dict[Any, Callable[[Any], set[int]]] = {
    Round: lambda published: set(published.values_list("round", flat=True)),
    QuestionnaireVersion: lambda published: set(published.values_list("round__version", flat=True)),
    Questionnaire: lambda published: set(published.values_list("round__version__questionnaire", flat=True)),
    IndicatorSet: lambda published: set(published.values_list("indicators", flat=True)),
}


@pytest.fixture
def unpublished(world: World) -> World:
    """Beside the world: a version of each questionnaire that a draft round asks, and one that nothing asks yet."""
    person = world.person("researcher")
    with staff_scope():
        for code, year in (("world", 2027), ("secret", 2027), ("world", 2028)):
            text = QUESTIONNAIRE.format(year=year).replace("questionnaire: world", f"questionnaire: {code}")
            loaded = load_questionnaire_file(text, f"{code}-{year}.yaml", by=person)
            indicators = INDICATORS.format(year=year).replace("questionnaire: world", f"questionnaire: {code}")
            store_indicators(indicators.replace("indicators: world", f"indicators: {code}"), by=person)
            assert loaded.version is not None
            if year == 2027:
                create_round(
                    code=f"{code}-draft", title_nl="Concept", title_en="Draft", version=loaded.version,
                    reference_period=str(year), by=person,
                )  # fmt: skip
    return world


def seen(model: Any) -> set[int]:
    return set(model.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("model", BEHIND, ids=lambda model: str(model.__name__))
def test_the_public_reads_what_published_figures_stand_on(unpublished: World, model: Any) -> None:
    with staff_scope():
        behind, every = BEHIND[model](Release.objects.filter(state=Release.State.PUBLISHED)), seen(model)
    assert behind < every, "or else there is nothing to hide"
    with api_scope():
        assert seen(model) == behind


def test_what_is_published_stays_readable_while_the_next_edition_is_prepared(unpublished: World) -> None:
    with staff_scope():
        start_correction(unpublished.finished.pk, by=unpublished.person("researcher"))
        published = Release.objects.filter(state=Release.State.PUBLISHED)
        behind = {model: rows(published) for model, rows in BEHIND.items()}
        assert Round.objects.get(pk=unpublished.finished.pk).state != Round.State.PUBLISHED
    with api_scope():
        assert {model: seen(model) for model in BEHIND} == behind


def test_participants_read_the_questions_of_the_open_round(unpublished: World) -> None:
    with participant_scope(unpublished.a.pk, unpublished.person("coordinator of A").pk):
        assert unpublished.open.version_id in seen(QuestionnaireVersion)


def test_a_new_shared_table_is_not_the_publics() -> None:
    """Nobody gives the public a table by forgetting to take it away."""
    assert "api" not in GRANTS[Tenancy.SHARED]


def test_the_public_reads_seven_tables_and_writes_none(world: World) -> None:
    with api_scope(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
            " WHERE grantee = current_user AND table_schema = 'public'"
        )
        rights = set(cursor.fetchall())
    released = {"release", "releasedcell", "releaseddocument", "indicatorset"}
    tables = {f"benchmark_{name}" for name in released}
    tables |= {f"surveys_{name}" for name in ("questionnaire", "questionnaireversion", "round")}
    assert rights == {(table, "SELECT") for table in tables}
