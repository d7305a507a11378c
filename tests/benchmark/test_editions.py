"""Corrections and earlier rounds: what stands beside an edition under way, and what waits.

small-2023 ── small-2024 ── small-2025 edition 1 published ── correct ── edition 2 with 1, 2, 3 … changes
"""

import hashlib
import zlib

import numpy as np
import pytest
from django.db.models.functions import Now

from benchmark.models import CertificateBody, Release, ReleaseCertificate, ReleasedDocument
from benchmark.selectors.review import review_notes
from benchmark.services.earlier import earlier_releases, group_of, published_past
from benchmark.services.indicators import indicator_set_for
from benchmark.services.inputs import read_inputs
from benchmark.services.protecting import release_kpi
from benchmark.services.releasing import publish_release, review_release
from benchmark.stats.attack.reading import Participants, read
from benchmark.stats.attack.scenes import corrections
from benchmark.stats.columns import Column, Panel
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.release import ReleaseMeta, document_hash, read_document, release_document
from portal.errors import NotPossibleNow
from portal.roles import FoundationRole
from portal.tenancy import staff_scope, worker_scope
from surveys.models import Edition, Round
from surveys.services.rounds import advance_round
from tests.benchmark.editions_case import (
    TOGETHER,
    corrected,
    frozen_year,
    indicator_of,
    past_of,
    place_of,
    published,
    table_of,
    with_changes,
)
from tests.benchmark.frozen import computed, person, small_answers, small_round

pytestmark = pytest.mark.django_db


def body_of(round_: Round, edition: int, kpi: str) -> bytes:
    with worker_scope():
        return bytes(ReleasedDocument.objects.get(release__round=round_, release__edition=edition, kpi=kpi).body)


@pytest.mark.parametrize(("rows", "waits"), [((), False), ((4,), True), ((4, 6), True), ((4, 6, 8), False)])
@pytest.mark.parametrize("kpi", ["satisfaction", "aht", "owner"])
def test_a_correction_of_fewer_than_three_in_a_group_repeats_the_last_edition(
    kpi: str, rows: tuple[int, ...], waits: bool
) -> None:
    """The rows are of one sector and one size, so three of them are three in every group that they are in."""
    column = {"satisfaction": "satisfaction", "aht": "talk", "owner": "owner"}[kpi]
    before = small_answers()
    panel, columns = with_changes(before, *rows, column=column)
    if kpi == "owner":
        flipped = np.where(np.isin(np.arange(40), rows), 1 - before[1]["owner"].values, before[1]["owner"].values)
        columns = {**before[1], "owner": Column(flipped, before[1]["owner"].status)}
    round_ = published(small_round())
    place = place_of(round_, kpi, (panel, columns))
    assert place.correction is not None
    assert place.correction.waits == waits
    assert place.waiting().get("changed", 0) == (len(rows) if waits else 0)
    if rows and not waits:
        assert place.repeated is None
        return
    assert place.repeated is not None
    old, new = read_document(body_of(round_, 1, kpi)), read_document(place.repeated)
    assert (new.meta.edition, new.repeats, new.groups) == (2, 1, old.groups)


@pytest.mark.parametrize("damaged", [False, True])
def test_the_proof_of_repeated_figures_is_the_one_that_was_published(damaged: bool) -> None:
    """A copy gets a hash of its own: a proof that was damaged after publication must not look whole in it."""
    before = small_answers()
    round_ = published(small_round())
    proof, numbers = (
        b"a proof",
        dict.fromkeys(("claims", "proven", "witnesses", "replayed", "mismatches", "uncovered"), 0),
    )
    with worker_scope():
        row = ReleaseCertificate.objects.create(
            release=Release.objects.get(round=round_),
            kpi="satisfaction",
            position=0,
            document_hash=document_hash(body_of(round_, 1, "satisfaction")),
            content_hash=hashlib.sha256(proof).hexdigest(),
            **numbers,
        )
        CertificateBody.objects.create(certificate=row, body=zlib.compress(proof + b"!" if damaged else proof))
    again = corrected(round_, before)
    with worker_scope():
        inputs = read_inputs(again.pk, 2)
    if damaged:
        with pytest.raises(NotPossibleNow, match="not the one that was published"):
            release_kpi(inputs, indicator_of(again, "satisfaction"))
        return
    made = release_kpi(inputs, indicator_of(again, "satisfaction"))
    assert (made.certificate, made.report["repeats"], read_document(made.document).repeats) == (proof, 1, 1)


def test_what_waited_goes_out_once_enough_changed() -> None:
    """Edition 2 waits with one change; edition 3 is held against edition 1, whose figures stand."""
    round_ = published(small_round())
    one = with_changes(small_answers(), 4)
    published(corrected(round_, one), one)
    assert read_document(body_of(round_, 2, "satisfaction")).repeats == 1
    again = with_changes(small_answers(), 4, 6)
    assert place_of(round_, "satisfaction", again, edition=3).waiting() == {"changed": 2, "groups": 4}
    enough = place_of(round_, "satisfaction", with_changes(small_answers(), 4, 6, 8), edition=3)
    assert (enough.repeated, len(enough.earlier)) == (None, 1), "the repeated edition says nothing new"


def test_changes_of_several_editions_are_not_added_to_undercut_an_older_one() -> None:
    """Three changed from edition 1 to 2 and three from 2 to 3, but only two from 1 to 3."""
    first = small_answers()
    round_ = published(small_round())
    second = with_changes(first, 4, 6, 8)
    published(corrected(round_, second), second)
    third = with_changes(first, 4, 10)  # 6 and 8 are as in edition 1 again
    place = place_of(round_, "satisfaction", third, edition=3)
    assert [one.table.values.value[4] for one in place.earlier] == [
        third[1]["satisfaction"].values[4],
        first[1]["satisfaction"].values[4],
    ]
    assert place.correction is not None
    assert (place.correction.changed, place.correction.waits) == (3, True)


def test_earlier_rounds_are_scenes_as_far_as_lineage_and_policy_reach() -> None:
    answers = {year: small_answers(int(year)) for year in ("2022", "2023", "2024")}
    rounds = {year: published(frozen_year(year, int(year)), answers[year]) for year in answers}
    now = small_round("small-2025", "2025", relation="equivalent")
    with worker_scope():
        past = published_past(now, 1, TOGETHER)
        assert [one.round.code for one in past.releases] == ["small-2024", "small-2023"]
        assert past.hashes()[0][:2] == ["small-2024", 1]
    item = indicator_of(now, "aht")
    scenes = earlier_releases(now, 1, item, TOGETHER)
    assert [one.table.values.value[5] for one in scenes] == [
        table_of(rounds[year], "aht", answers[year]).values.value[5] for year in ("2024", "2023")
    ]
    broken = item.model_copy(update={"lineage": item.lineage.model_copy(update={"relation": "broken"})})
    assert earlier_releases(now, 1, broken, TOGETHER) == ()
    assert earlier_releases(now, 1, item.model_copy(update={"unit": "count"}), TOGETHER) == ()
    assert earlier_releases(now, 1, item.model_copy(update={"code": "new"}), TOGETHER) == ()


def test_earlier_rounds_keep_the_groups_that_they_were_released_with() -> None:
    """How fine they were follows from the released document, whatever rounds choose now."""
    published(coarse := frozen_year("2024", 2024), small_answers(2024), crossings=1)
    with staff_scope():
        Round.objects.filter(pk=coarse.pk).update(crossings=3)  # no service does this after the freeze
    now = small_round("small-2025", "2025", relation="equivalent")
    place = place_of(now, "aht", small_answers(), edition=1)
    keys = [group.key for group in place.earlier[0].table.rows]
    assert "all" in keys
    assert len(keys) > 3
    assert [key for key in keys if "&" in key] == []
    assert any("&" in group.key for group in place.table.rows)
    assert [group.key for group in place.earlier[0].released.groups] == keys


def test_a_late_correction_stands_beside_the_rounds_after_it_too() -> None:
    round_ = published(small_round("small-2024", "2024"))
    published(small_round("small-2025", "2025", seed=2), small_answers(2))
    past = past_of(round_, 2)
    assert [(one.round.code, one.edition) for one in past.releases] == [("small-2025", 1), ("small-2024", 1)]
    place = place_of(round_, "satisfaction", with_changes(small_answers(), 4, 6, 8))
    assert len(place.earlier) == 2
    assert place.before is None, "a trend looks back only"


def test_members_are_those_of_the_panel_that_was_frozen() -> None:
    """An organisation that moved to another sector stays, in the earlier scene, where it was then."""
    round_ = published(small_round())
    panel, columns = small_answers()
    sectors = ["private"] * 3 + ["public"] * 21 + ["private"] * 16
    sizes = [("small", "large")[i % 2] for i in range(40)]
    moved = Panel.build(range(101, 141), {"sector": sectors, "size_band": sizes}, [7, 7, 7, *[None] * 37])
    place = place_of(round_, "satisfaction", (moved, columns))
    (scene,) = place.earlier
    assert 0 in scene.table.row("sector=public").members
    assert 0 not in place.table.row("sector=public").members
    assert place.correction is not None
    assert place.correction.waits, "three organisations of one holding are one contributor"
    assert list(group_of(panel, "sector=public|private").members) == list(range(40))
    assert list(group_of(panel, "region=north").members) == []


def test_joiners_and_leavers_since_the_round_before_hold_the_trend() -> None:
    published(small_round("small-2024", "2024"))
    now = small_round("small-2025", "2025")
    panel, columns = small_answers()
    values, status = columns["satisfaction"].values.copy(), columns["satisfaction"].status.copy()
    values[[4, 30, 32, 34]], status[[4, 30, 32, 34]] = np.nan, 1
    answers = panel, {**columns, "satisfaction": Column(values, status)}
    place = place_of(now, "satisfaction", answers, edition=1)
    released = earlier_releases(now, 1, indicator_of(now, "satisfaction"), TOGETHER)[0].released
    held = place.held(released)
    assert {"sector=public", "sector=public&size_band=small"} <= held
    assert not {"all", "sector=private", "sector=public&size_band=large"} & held
    assert place.correction is None
    assert place.repeated is None


@pytest.mark.parametrize("damage", ["figure", "answers", "frozen"])
def test_a_damaged_store_stops_the_computation(damage: str) -> None:
    """One figure of the release, or one answer that it was made of, is another one than it was, or is gone."""
    frozen, answers = small_round("small-2024", "2024"), small_answers()
    if damage == "answers":
        answers = with_changes(answers, 4)
    round_ = published(frozen, answers)
    if damage == "figure":
        body = body_of(round_, 1, "satisfaction")
        altered = body.replace(b'"value":6', b'"value":5', 1)
        assert altered != body
        again = corrected(round_, answers)
        published(again, answers, {"satisfaction": altered.replace(b'"edition":1', b'"edition":2')})
    if damage == "frozen":
        with worker_scope():
            Release.objects.create(
                round=round_, edition=9, inputs=Edition.objects.get(round=round_), indicators=indicator_set_for(round_),
                state=Release.State.PUBLISHED, published_at=Now(), content_hash="9" * 64,
            )  # fmt: skip
            row = ReleasedDocument.objects.get(release__round=round_, release__edition=1, kpi="satisfaction")
            row.pk, row.release = None, Release.objects.get(edition=9)
            row.save(force_insert=True)
    now = small_round("small-2025", "2025")
    with pytest.raises(NotPossibleNow, match="damaged"):
        earlier_releases(now, 1, indicator_of(now, "satisfaction"), TOGETHER)


def test_an_edition_after_a_withdrawal_waits_and_repeats_what_was_released() -> None:
    """One leaver is one change: the next edition shows the figures of the last one, with a name for that."""
    round_ = published(small_round())
    panel, columns = small_answers()
    kept = np.arange(40) != 4
    sectors, sizes = ["public"] * 24 + ["private"] * 16, [("small", "large")[i % 2] for i in range(40)]
    labels = {
        code: [one for one, stays in zip(names, kept, strict=True) if stays]
        for code, names in (("sector", sectors), ("size_band", sizes))
    }
    holdings = [7, 7, 7, *[None] * 36]
    smaller = Panel.build(panel.organisation[kept].tolist(), labels, holdings)
    fewer = {code: Column(column.values[kept], column.status[kept]) for code, column in columns.items()}
    again = published(corrected(round_, (smaller, fewer)), (smaller, fewer))
    for kpi in ("aht", "satisfaction", "owner"):
        first, second = (read_document(body_of(again, edition, kpi)) for edition in (1, 2))
        assert (second.repeats, second.groups) == (1, first.groups)
        assert place_of(round_, kpi, (smaller, fewer)).waiting()["changed"] == 1


def satisfied() -> Participants:
    """What everybody knows of the small round: the peer groups, the holding, and who gave no score."""
    sizes = ("small", "large")
    attributes = {101 + i: {"sector": "public" if i < 24 else "private", "size_band": sizes[i % 2]} for i in range(40)}
    return Participants(attributes, {101: 7, 102: 7, 103: 7}, {"satisfaction": frozenset({140})})


@pytest.mark.parametrize("rows", [(4,), (4, 6), (4, 6, 8)])
def test_subtracting_editions_finds_nobody(rows: tuple[int, ...]) -> None:
    """The attacker's own comparison of two editions, on what a careless benchmark releases and on what we release."""
    round_, again = published(small_round()), with_changes(small_answers(), *rows)
    ours = published(corrected(round_, again), again)
    careless = protect(
        table_of(round_, "satisfaction", again), indicator=indicator_of(round_, "satisfaction"), policy=Policy()
    )
    meta = ReleaseMeta("small-2025", 2, "small", "2025", "2025")
    bodies = {
        "careless": release_document(careless, indicator_of(round_, "satisfaction"), meta),
        "ours": body_of(ours, 2, "satisfaction"),
    }
    first = read(body_of(ours, 1, "satisfaction"), satisfied())
    found = {name: corrections(first, read(body, satisfied())) for name, body in bodies.items()}
    assert found["careless"], "the attacker can see a correction"
    changed = {101 + row for row in rows}
    if len(rows) < 3:
        assert found["ours"] == []
    else:
        (one,) = found["ours"]
        assert changed <= one.candidates


@pytest.mark.slow
def test_the_whole_way_of_a_correction_that_waits() -> None:
    """Computed, reviewed and published with the exact protection; then one score changes, and edition 2 repeats."""
    people = {role: person(FoundationRole(role), role) for role in ("researcher", "publisher")}

    def publish(frozen: Round) -> Round:
        done = computed(frozen)
        with staff_scope():
            review_release(done.pk, by=people["researcher"])
            publish_release(done.pk, by=people["publisher"])
        return done

    first = publish(small_round())
    second = corrected(first, with_changes(small_answers(), 4))
    with worker_scope():
        advance_round(first.pk, "freeze", by=None)
    publish(second)
    for kpi in ("aht", "satisfaction", "owner"):
        before, after = (read_document(body_of(first, edition, kpi)) for edition in (1, 2))
        assert (after.repeats, after.groups) == (1, before.groups)
    with staff_scope():
        release = Release.objects.get(edition=2)
        assert review_notes(release.pk).waiting == {"satisfaction": {"changed": 1, "groups": 4}}
        assert [one[:2] for one in release.manifest["earlier"]] == [["small-2025", 1]]
