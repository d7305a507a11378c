"""Attacks over rounds (T7): all that who knows small changes, or none, can put together about values on a scale."""

import pytest

from benchmark.stats.attack.attacker import attackers_on
from benchmark.stats.attack.kpi import KpiAttack
from benchmark.stats.attack.reading import Participants
from benchmark.stats.attack.recovery import Recovery, broken
from benchmark.stats.attack.scenes import EQUAL, SMALL, SMALL_OF_OTHERS, Scene, known_changes, people_of, ties_of
from tests.benchmark.stats.attack.careless import document, parsed

Values = dict[int, float]
OTHER = "other"  # of a round: only a figure is shown that limits no sum


def rounds(*given: tuple[Values, float | str | None], digits: int = 3) -> tuple[list[Scene], list[dict[str, Values]]]:
    """Rounds of a score from 0 to 10, oldest first: everybody's values and the published mean (None: blank; OTHER:
    a median alone)."""
    scenes = []
    for place, (values, mean) in enumerate(given):
        here = Participants({i: {} for i in values})
        shown = {"p50": 5.0} if mean == OTHER else {} if mean is None else {"mean": mean}
        figures = {"all": (len(values), shown)}
        data = document(figures, code=f"r{place}", digits=digits, range={"min": 0, "max": 10}, scale_type="bounded")
        scenes.append(Scene(parsed(data, here), here))
    return scenes, [{"kpi": values} for values, _ in given]


def attacked(*given: tuple[Values, float | str | None]) -> list[Recovery]:
    """What the public finds that breaks a promise."""
    scenes, truth = rounds(*given)
    by_scene = {scene.document.scene: (scene.document, own["kpi"]) for scene, own in zip(scenes, truth, strict=True)}
    found = []
    for one in KpiAttack(scenes, truth=truth).run([{} for _ in truth]):
        read, values = by_scene[one.scene]
        assert one.low - 1e-6 <= values[one.organisation] <= one.high + 1e-6
        if broken(read, values[one.organisation], one.low, one.high, one.room):
            found.append(one)
    return found


def test_t7_the_legal_range_holds_for_every_value_with_a_known_change() -> None:
    """Five fell from 9.8 to 9.5; only the second mean is shown. Nobody can have more than 9.7 there, so nobody less
    than 8.7; without the earlier round everybody could have 7.5. A round of which nothing is shown tells nothing."""
    before, now = (dict.fromkeys(range(1, 6), x) for x in (9.8, 9.5))
    assert attacked((now, 9.5)) == []
    assert attacked((before, None), (now, 9.5)) == []
    found = attacked((before, OTHER), (now, 9.5))
    assert {(one.organisation, one.scene[0]) for one in found if one.knows == SMALL} == {
        (i, code) for i in before for code in ("r0", "r1")
    }
    newest = next(one for one in found if one.scene[0] == "r1" and one.knows == SMALL)
    assert (newest.low, newest.high) == (pytest.approx(8.675), pytest.approx(9.7))
    assert newest.room == (0.0, pytest.approx(9.7))


def test_t7_earlier_values_that_are_tied_to_each_other_limit_the_newest_one() -> None:
    """9.8 → 9.5 → 8.9 beside 64 who did not change: who knows the first change knows that the 9.5 can rise by 0.2 only,
    so the 8.9 by 0.2 and the rounding of two means (0.6); 9.9 was promised. It was found by a review once."""
    others = dict.fromkeys(range(2, 66), 5.0)
    found = attacked((others | {1: 9.8}, OTHER), (others | {1: 9.5}, 5.07), (others | {1: 8.9}, 5.06))
    assert {(one.organisation, one.scene[0], one.knows) for one in found} == {(1, "r2", SMALL)}
    assert found[0].high == pytest.approx(9.7)
    assert attacked((others | {1: 9.5}, 5.07), (others | {1: 8.9}, 5.06)) == []


def test_t7_drift_in_small_steps() -> None:
    """Five rise from 9.0 in small steps and only the first mean limits them: each step leaves less, in the end all is
    known. So a release that shows anything of the later rounds has to be proven beside that (the product shows nothing
    then); of rounds that show nothing, who knows the changes does not know them from us (method, section 9)."""

    def steps(shown: str | None) -> list[tuple[Values, float | str | None]]:
        return [(dict.fromkeys(range(1, 6), x), 9.0 if x == 9.0 else shown) for x in (9.0, 9.4, 9.8, 9.98)]

    assert [bool(attacked(*steps(OTHER)[:rounds])) for rounds in (1, 2, 3, 4)] == [False, False, True, True]
    first = next(one for one in attacked(*steps(OTHER)) if one.scene[0] == "r0" and one.knows == SMALL)
    assert (first.low, first.high) == (pytest.approx(8.895), pytest.approx(9.02))
    assert attacked(*steps(None)) == []


def test_t7_who_does_not_know_a_change_was_promised_more() -> None:
    """9.1 → 9.5 beside four who did not change. Who knows the change was promised that 9.6 is possible, who does not
    that 10 is: but two means leave 9.65."""
    others = dict.fromkeys(range(2, 6), 5.0)
    found = attacked((others | {1: 9.1}, 5.82), (others | {1: 9.5}, 5.9))
    assert {(one.organisation, one.scene[0], one.knows) for one in found} == {(1, "r0", EQUAL)}
    assert found[0].high == pytest.approx(9.65)


def test_t7_who_knows_all_changes_but_those_of_one() -> None:
    """As before, but the others changed a little: who knows no change at all learns nothing."""
    before = dict.fromkeys(range(2, 6), 5.0)
    now = dict.fromkeys(range(2, 6), 5.1)
    found = attacked((before | {1: 9.1}, 5.82), (now | {1: 9.5}, 5.98))
    assert {(one.organisation, one.scene[0], one.knows) for one in found} == {(1, "r0", SMALL_OF_OTHERS)}


def test_known_changes_are_chains_over_any_two_rounds() -> None:
    def scenes_of(*values: float, tied: float = 0.05) -> list[int]:
        changes = known_changes([{1: x} for x in values], tied)
        return [changes(place, 1)[0] for place in range(len(values))]

    assert scenes_of(9.75, 9.3, 8.9) == [2, 2, 2]  # 9.75 and 8.9 are 9.6 % apart
    assert scenes_of(9.0, 9.9, 9.45) == [2, 2, 2]  # two rounds that are not adjacent
    assert scenes_of(9.8, 9.5, 8.9) == [1, 1, 2]
    assert scenes_of(9.8, 7.0, 9.8) == [2, 1, 2]
    assert scenes_of(9.8, 9.75, 9.8, tied=0.0) == [2, 1, 2]
    assert known_changes([{1: 9.8}, {1: 9.5}])(0, 1) == (1, pytest.approx(-0.3))


def test_what_the_legal_range_leaves_of_each_chain() -> None:
    scenes, truth = rounds(({1: 9.75, 2: 0.0}, None), ({1: 9.3, 2: 0.0}, None), ({1: 8.9, 2: 3.0}, 5.95))
    ties = ties_of(scenes, [one["kpi"] for one in truth])
    room = {unknown % 10**12: ends for unknown, ends in ties.room.items() if unknown < 10**12}
    assert room[1] == (0.0, pytest.approx(9.15))
    assert room[2] == (0.0, 10.0)
    assert [place for place, _ in ties.members[1]] == [0, 1, 2]


def test_a_promise_reaches_as_far_as_known_changes_leave_it() -> None:
    (scene,), _ = rounds(({1: 9.4}, 9.4))
    assert broken(scene.document, 9.4, 8.0, 9.5)
    assert not broken(scene.document, 9.4, 8.0, 9.5, (0.0, 9.5))
    assert broken(scene.document, 9.4, 8.6, 9.5, (0.0, 9.5))


def test_ratios_with_public_denominators_are_one_program_over_rounds() -> None:
    """Six units left between two rounds of ratios: what is left of the two is the leaver's."""
    below = {i: 10.0 + i for i in range(1, 8)}
    first, second = {i: 3.0 + i for i in below}, {i: (3.0 + i) * 1.01 for i in below if i != 7}
    scenes, truth = [], []
    for place, values in enumerate((first, second)):
        denominators = {i: below[i] * (1 + place / 10) for i in values}
        here = Participants({i: {} for i in values}, denominators={"kpi": denominators})
        total = sum(values[i] * denominators[i] for i in values) / sum(denominators.values())
        data = document({"all": (len(values), {"ratio": round(total, 3)})}, code=f"r{place}", digits=4, kind="ratio",
                        scale=1)  # fmt: skip
        scenes.append(Scene(parsed(data, here), here))
        truth.append({"kpi": values})
    found = KpiAttack(scenes, truth=truth).run([{}, {}])
    assert {(one.organisation, one.scene[0]) for one in found} == {(7, "r0")}
    assert found[0].low <= 10.0 <= found[0].high
    assert "over 2 releases" in found[0].how


def test_who_left_attacks_too_and_a_holding_of_any_round_knows_what_its_members_had() -> None:
    first = Participants({1: {}, 2: {}, 3: {}, 4: {}}, {1: 7, 2: 7})
    second = Participants({1: {}, 3: {}, 5: {}}, {3: 7, 5: 7})  # other numbers of the same holdings
    people = people_of([first, second])
    assert people.owners() == [1, 3, 4]
    assert people.same_owner(1) == {1, 2}
    assert people.same_owner(5) == {3, 5}
    values = {1: 4.0, 2: 5.0, 3: 6.0, 4: 8.0, 5: 7.0}
    scenes, truth = rounds((values, 6.0), ({i: values[i] for i in (1, 2, 3)}, 5.0))
    target = KpiAttack(scenes, truth=truth)
    found = attackers_on(target, truth, people_of([one.participants for one in scenes]).owners())
    assert {(one.attacker, one.organisation, one.scene[0]) for one in found} == {(4, 5, "r0"), (5, 4, "r0")}
