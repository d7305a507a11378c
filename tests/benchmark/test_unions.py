"""Unions and blocks on their way from the round to the released document."""

import json

import pytest

from benchmark.services.inputs import Inputs, inputs_of
from benchmark.services.protecting import release_kpi
from benchmark.stats.peers import is_block
from portal.tenancy import staff_scope, worker_scope
from surveys.models import Round
from tests.benchmark.frozen import small_round

pytestmark = pytest.mark.django_db
UNION = {"dimension": "size_band", "categories": ["large", "small"], "label": {"nl": "Alle", "en": "Every size"}}


def inputs(current: Round, **decided: object) -> Inputs:
    """What decides the release, after staff decided this (before the freeze, as the service takes care of)."""
    with staff_scope():
        Round.objects.filter(pk=current.pk).update(**decided)
    with worker_scope():
        return inputs_of(current.pk, 1)


def test_groups_of_a_round_are_its_lattice_with_unions_and_blocks() -> None:
    current = small_round()
    plain = inputs(current)
    assert [key for key in (group.key for group in plain.groups) if "|" in key or "block" in key] == []
    with_union = inputs(current, unions=[UNION])
    added = [group.key for group in with_union.groups if group.key not in {one.key for one in plain.groups}]
    assert added == [
        "size_band=large|small",
        "sector=private&size_band=large|small",
        "sector=public&size_band=large|small",
    ]
    offering = inputs(current, offers_free_groups=True)
    blocks = [group for group in offering.groups if is_block(group.terms)]
    assert sum(map(len, blocks)) == len(offering.contributions.panel)
    assert {group.key for group in blocks} == set(offering.blocks.facts)
    kpi = plain.items[1]
    assert len({one.key_of(kpi) for one in (plain, with_union, offering)}) == 3  # other groups are other work


@pytest.mark.parametrize("union", [[], [UNION]])
def test_a_round_chooses_how_fine_its_groups_are_unions_included(union: list[object]) -> None:
    current = small_round()
    usual = inputs(current, unions=union)
    coarse = inputs(current, unions=union, crossings=1)
    keys = {one: [group.key for group in one.groups] for one in (usual, coarse)}
    assert keys[coarse] == [key for key in keys[usual] if "&" not in key]
    assert any("&" in key for key in keys[usual])
    assert usual.key_of(usual.items[0]) != coarse.key_of(coarse.items[0])


def test_the_released_document_tells_about_its_blocks() -> None:
    offering = inputs(small_round(), offers_free_groups=True)
    document = json.loads(release_kpi(offering, offering.items[1]).document)
    blocks = {group["key"]: group for group in document["groups"] if group["key"].startswith("block=")}
    assert blocks
    for key, group in blocks.items():
        facts = offering.blocks.facts[key]
        assert group["block"] == {"organisations": facts.organisations, "strata": list(facts.strata)}
        assert [cell["statistic"] for cell in group["cells"]] == ["n", "mean", "p50"]
    assert any(cell.get("value") for group in blocks.values() for cell in group["cells"][1:])
