"""Compute → protect → store: deterministic, replaceable until published, and through one door."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from benchmark.models import Release, ReleasedCell, ReleasedDocument
from benchmark.selectors.contributions import InputsDamaged, OutsideWorker, read_contributions
from benchmark.services import computing
from benchmark.services.computing import compute_release
from benchmark.services.inputs import Inputs, read_inputs
from benchmark.services.protecting import release_kpi
from benchmark.stats.release import read_document
from portal.errors import NotPossibleNow
from portal.models import AuditEntry
from portal.tenancy import api_scope, staff_scope, worker_scope
from surveys.models import ColumnSnapshot, Edition, Round
from tests.benchmark.frozen import QUESTIONNAIRE, computed, freeze, questionnaire_version, small_answers, small_round

pytestmark = pytest.mark.django_db


def stored(round_: Round) -> tuple[Release, dict[str, bytes], list[tuple[str, ...]]]:
    with worker_scope():
        release = Release.objects.get(round=round_)
        documents = {row.kpi: bytes(row.body) for row in ReleasedDocument.objects.filter(release=release)}
        fields = ("kpi", "peer_group", "statistic", "value", "status", "n", "reason")
        return release, documents, list(ReleasedCell.objects.filter(release=release).values_list(*fields))


def test_a_round_is_computed_and_advances() -> None:
    round_ = small_round()
    seen: list[tuple[int, int]] = []
    compute_release(round_.pk, 1, by=None, progress=lambda done, total: seen.append((done, total)))
    release, documents, cells = stored(round_)
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert list(documents) == ["aht", "satisfaction", "owner"]
    assert release.state == Release.State.COMPUTED
    with staff_scope():
        assert Round.objects.get(pk=round_.pk).state == Round.State.COMPUTED
    counts = release.manifest["cells"]
    assert counts["released"] + counts["suppressed"] == len(cells)
    assert counts["suppressed"] == sum(counts["reasons"].values()) > 0
    assert release.manifest["inputs"]["organisations"] == 40
    assert {group for _kpi, group, *_rest in cells} == set(read_document(documents["aht"]).groups)


def test_computing_twice_gives_the_same_bytes_and_the_same_release() -> None:
    round_ = small_round()
    compute_release(round_.pk, 1, by=None)
    first = stored(round_)
    compute_release(round_.pk, 1, by=None)
    second = stored(round_)
    assert first[0].pk == second[0].pk
    assert first[0].manifest == second[0].manifest
    assert first[0].content_hash == second[0].content_hash
    assert first[1:] == second[1:]


def test_the_bytes_know_nothing_of_row_ids_or_of_the_order_of_columns() -> None:
    round_ = small_round()
    with worker_scope():
        inputs = read_inputs(round_.pk, 1)
    given = inputs.contributions
    moved = replace(given.panel, organisation=given.panel.organisation + 5_000)
    turned = dict(reversed(given.columns.items()))
    other = replace(
        inputs,
        contributions=replace(given, panel=moved, columns=turned, edition_id=999),
        people=inputs.people + 5_000,
    )

    def made(of: Inputs) -> list[tuple[bytes, bytes]]:
        return [(kpi.document, kpi.certificate) for kpi in (release_kpi(of, item) for item in of.items)]

    assert inputs.keys() == other.keys()
    assert made(inputs) == made(other)


def test_one_answer_more_changes_the_hash() -> None:
    round_ = small_round()
    other = small_round("small-other", seed=2)
    for one in (round_, other):
        computed(one)
    assert stored(round_)[0].content_hash != stored(other)[0].content_hash


def test_flags_are_for_staff_and_stay_out_of_what_is_released() -> None:
    round_ = computed(small_round())
    release, documents, _cells = stored(round_)
    with staff_scope():
        entry = AuditEntry.objects.get(action="release.computed")
    assert entry.detail["flagged"] == {"aht": {"zero_denominator": 1}, "satisfaction": {"outside_range": 1}}
    assert "zero_denominator" not in str(release.manifest)
    assert not any(b"zero_denominator" in body for body in documents.values())


def test_nothing_unpublished_is_seen_by_the_public() -> None:
    computed(small_round())
    with api_scope():
        assert not Release.objects.exists()
        assert not ReleasedDocument.objects.exists()
        assert not ReleasedCell.objects.exists()


def test_contributions_are_read_by_the_worker_only() -> None:
    round_ = small_round()
    with staff_scope(), pytest.raises(OutsideWorker):
        read_contributions(round_.pk, 1)
    with staff_scope(), pytest.raises(DatabaseError), transaction.atomic():
        list(ColumnSnapshot.objects.all())
    with api_scope(), pytest.raises(DatabaseError), transaction.atomic():
        list(Edition.objects.all())
    with pytest.raises(OutsideWorker):
        read_contributions(round_.pk, 1)


def test_one_module_alone_uses_the_door_to_all_contributions() -> None:
    root = Path(__file__).resolve().parents[2]
    users = {
        str(path.relative_to(root))
        for app in ("portal", "surveys", "benchmark")
        for path in (root / app).rglob("*.py")
        if "selectors.contributions" in path.read_text(encoding="utf-8")
    }
    assert users == {"benchmark/services/inputs.py", "benchmark/services/earlier.py"}


def test_a_column_with_other_bytes_than_were_frozen_is_refused() -> None:
    version = questionnaire_version(QUESTIONNAIRE.format(version="2025"))
    with staff_scope():
        round_ = Round.objects.create(code="r", title_nl="r", title_en="r", version=version, reference_period="2025")
    panel, columns = small_answers()
    edition = freeze(round_, panel, {}, {})
    with worker_scope():
        ColumnSnapshot.objects.create(
            edition=edition, column="calls", values=columns["calls"].to_bytes(), content_hash="0" * 64
        )
        with pytest.raises(InputsDamaged):
            read_contributions(round_.pk, 1)


def test_a_round_that_is_not_frozen_cannot_be_computed() -> None:
    round_ = small_round()
    with translation.override("en"), pytest.raises(NotPossibleNow, match="freeze"):
        compute_release(round_.pk, 2, by=None)


def test_a_round_that_moved_on_meanwhile_keeps_its_release() -> None:
    round_ = computed(small_round())
    before = stored(round_)
    with worker_scope():
        Round.objects.filter(pk=round_.pk).update(state=Round.State.REVIEWED)
    with pytest.raises(NotPossibleNow):
        compute_release(round_.pk, 1, by=None)
    assert stored(round_)[1:] == before[1:]


def test_the_software_version_is_the_project_s() -> None:
    assert computing.software_version().count(".") == 2
