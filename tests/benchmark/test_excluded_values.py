"""A value that a validator left out: not in the figures, counted by indicator in the release, told to readers."""

from dataclasses import replace

import numpy as np
import pytest

from benchmark.models import ReleasedDocument
from benchmark.reports.viewmodels_checked import checked_section
from benchmark.selectors.own_values import own_values
from benchmark.selectors.releases import published_release
from benchmark.services.computing import excluded_values
from benchmark.services.inputs import inputs_of
from benchmark.services.storing import MadeRelease
from benchmark.stats.columns import Column, Status
from benchmark.stats.indicators import load_indicators
from benchmark.stats.kpis import kpi_values
from benchmark.stats.release import repeated_document
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.models import Submission
from surveys.services.rounds import carry_out_step
from surveys.services.validating import exclude_answer
from tests.world import INDICATORS, World, run_job

ITEMS = load_indicators(INDICATORS.format(year=2026))


def test_a_ratio_with_a_part_left_out_is_left_out_whatever_its_other_part_says() -> None:
    columns = {
        "talk": Column.from_values([10, np.nan, 30], [Status.ANSWERED, Status.EXCLUDED, Status.ANSWERED]),
        "calls": Column.from_values([5, np.nan, 10], [Status.ANSWERED, Status.NOT_APPLICABLE, Status.ANSWERED]),
    }
    found = kpi_values(ITEMS.item("aht"), columns)
    assert found.status.tolist() == [Status.ANSWERED, Status.EXCLUDED, Status.ANSWERED]
    np.testing.assert_array_equal(found.value, [2, np.nan, 3])


@pytest.mark.django_db
def test_what_is_left_out_is_counted_by_indicator_and_told(world: World) -> None:
    with staff_scope():
        submission = Submission.objects.get(round=world.finished, organisation=world.a)
        exclude_answer(submission, "talk", reason="In minuten.", by=world.person("researcher"))
        carry_out_step(world.finished.pk, "correct", by=world.person("researcher"))
        world.finished.refresh_from_db()
    run_job(world.finished.pk, "freeze", by=world.person("researcher"))
    with worker_scope():
        inputs = inputs_of(world.finished.pk, 2)
        bodies = {row.kpi: bytes(row.body) for row in ReleasedDocument.objects.filter(release__round=world.finished)}
    anew = MadeRelease(bodies, [], {}, {}, {})
    assert excluded_values(inputs, anew) == {"aht": 1}
    repeated = {kpi: repeated_document(body, 2) for kpi, body in bodies.items()}
    assert excluded_values(inputs, replace(anew, documents=repeated)) == {}, "the figures of edition 1 left nothing out"
    with participant_scope(world.a.pk):
        now = own_values(world.a, world.finished, ITEMS)
        view = published_release(world.finished.code)
        assert view is not None
        then = own_values(world.a, world.finished, ITEMS, computed_at=view.computed_at)
    assert (now["aht"].status, now["satisfaction"].status) == (Status.EXCLUDED, Status.ANSWERED)
    assert then["aht"].status is Status.ANSWERED, "it counted in what was published"
    told = checked_section("en", replace(view, manifest={**view.manifest, "excluded": {"aht": 1}}))
    assert [(fact.key, fact.value) for fact in told.facts] == [("Handle time", "1 organisation")]
    assert "No value was left out" in checked_section("en", view).paragraphs[-1]
