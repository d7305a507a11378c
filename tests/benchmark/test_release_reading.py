"""The reader of releases: only what is published, in few queries, with labels people understand."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmark.models import ReleasedDocument
from benchmark.selectors import releases
from benchmark.selectors.releases import (
    ReleaseDamaged,
    groups_for,
    label_peer_group,
    label_share,
    national_figure,
    published_release,
    published_rounds,
    published_series,
    release_for_review,
)
from benchmark.selectors.trends import trend
from benchmark.services.releasing import publish_release, review_release
from portal.models import User
from portal.roles import FoundationRole
from portal.tenancy import api_scope, participant_scope, staff_scope, worker_scope
from surveys.models import Round
from tests.benchmark.frozen import computed, person, small_round

pytestmark = pytest.mark.django_db
Publish = Callable[[Round], Round]


@pytest.fixture
def publish(db: None) -> Publish:
    researcher, publisher = person(FoundationRole.RESEARCHER, "ruth"), person(FoundationRole.PUBLISHER, "paul")

    def carry_out(round_: Round) -> Round:
        computed(round_)
        with staff_scope():
            review_release(round_.pk, by=researcher)
            publish_release(round_.pk, by=publisher)
        return round_

    return carry_out


def test_only_published_results_are_read(publish: Publish) -> None:
    waiting = computed(small_round("waiting"))
    publish(small_round("done"))
    for scope in (api_scope(), participant_scope(1), staff_scope(), worker_scope()):
        with scope:
            assert published_release(waiting.code) is None
            release = published_release("done")
            assert release is not None
            assert (release.edition, release.state, len(release.tables)) == (1, "published", 3)
            assert published_release("done", 2) is None
            assert [one.round.code for one in published_rounds("small")] == ["done"]
            assert published_rounds("other") == ()


def test_staff_review_what_is_not_published_and_others_do_not() -> None:
    round_ = computed(small_round())
    researcher = person(FoundationRole.RESEARCHER, "ruth")
    with staff_scope():
        release = release_for_review(round_.code, 1, by=researcher)
        assert release is not None
        assert release.state == "computed"
        assert release_for_review(round_.code, 1, by=User(email="somebody@example.org")) is None
        assert release_for_review(round_.code, 2, by=researcher) is None


def test_a_page_reads_each_document_once_and_all_of_them_in_one_query(publish: Publish) -> None:
    publish(small_round("small-2024", version="2024", seed=3))
    publish(small_round())
    releases._documents.clear()
    with api_scope():
        with CaptureQueriesContext(connection) as cold:
            release = published_release("small-2025")
            assert release is not None
            assert [table.kpi for table in release.tables.values()] == ["aht", "satisfaction", "owner"]
            assert release.tables["aht"].meta.round == "small-2025"
        with CaptureQueriesContext(connection) as warm:
            again = published_release("small-2025")
            assert again is not None
            assert len(list(again.tables.items())) == 3
    assert (len(cold), len(warm)) == (3, 2)


def test_a_document_with_other_bytes_is_refused(publish: Publish) -> None:
    round_ = computed(small_round())
    researcher = person(FoundationRole.RESEARCHER, "ria")
    with worker_scope():
        row = ReleasedDocument.objects.get(kpi="aht")
        row.body = bytes(row.body) + b" "
        row.save()
    releases._documents.clear()
    with staff_scope():
        release = release_for_review(round_.code, 1, by=researcher)
        assert release is not None
        with pytest.raises(ReleaseDamaged):
            release.tables["aht"]


def test_the_headline_is_the_figure_that_the_definition_names(publish: Publish) -> None:
    publish(small_round())
    with api_scope():
        release = published_release("small-2025")
        assert release is not None
        figures = {kpi: national_figure(table) for kpi, table in release.tables.items()}
    assert [figures[kpi].figure for kpi in figures] == ["ratio", "mean", "share"]
    assert (figures["aht"].statistic, figures["satisfaction"].statistic) == ("ratio", "mean")
    assert figures["aht"].value is not None
    assert figures["aht"].reason == ""
    assert [cell.statistic for cell in figures["owner"].cells] == ["share:yes", "share:no"]
    assert sum(cell.value or 0 for cell in figures["owner"].cells) == 100
    assert figures["satisfaction"].n == "39"
    assert figures["aht"].n == "38"
    owner, questionnaire = release.indicators.item("owner"), release.questionnaire
    assert label_share("share:yes", owner, questionnaire, "nl") == "Van ons"
    assert label_share("share:yes+no", owner, questionnaire, "en") == "Ours + Theirs"
    assert [(theme, [item.code for item in items]) for theme, items in release.themes()] == [
        ("work", ["aht"]),
        ("chain", ["satisfaction", "owner"]),
    ]


def test_the_groups_of_an_organisation_and_their_labels(publish: Publish) -> None:
    publish(small_round())
    with api_scope():
        release = published_release("small-2025")
        assert release is not None
        table = release.tables["aht"]
    keys = [group.key for group in groups_for({"sector": "public", "size_band": "large"}, table)]
    assert keys == ["all", "sector=public", "size_band=large", "sector=public&size_band=large"]
    assert [group.key for group in groups_for({"sector": "elsewhere"}, table)] == ["all"]
    labels = [label_peer_group(key, release.questionnaire, "en") for key in keys]
    assert labels == [
        "All participants",
        "Sector: Public sector",
        "Size: large",
        "Sector: Public sector, Size: large",
    ]
    assert label_peer_group(keys[1], release.questionnaire, "nl") == "Sector: Publieke sector"


@pytest.mark.parametrize(("relation", "series"), [("same", [2]), ("equivalent", [2]), ("broken", [1, 1])])
def test_a_trend_joins_what_the_lineage_allows(publish: Publish, relation: str, series: list[int]) -> None:
    publish(small_round("small-2025", version="2025", seed=4, relation=relation))
    publish(small_round("small-2024", version="2024", seed=3))
    computed(small_round("small-2026", version="2026", seed=5))
    with api_scope():
        found = trend("aht", "small")
        assert found is not None
        assert trend("owner", "small") is None
        share = trend("owner", "small", statistic="share:yes")
        assert share is not None
        assert [point.period for line in share.series for point in line] == ["2024", "2025"]
        assert trend("nothing", "small") is None
        assert [view.round.code for view in published_series("small")] == ["small-2024", "small-2025"]
    assert [len(line) for line in found.series] == series
    assert found.breaks == (("2025",) if relation == "broken" else ())
