"""Where an organisation would stand while it answers: the last published figures, and its own answers of now."""

from typing import Any

import pytest

from portal.tenancy import participant_scope
from surveys.services.answers import Typing, save_answers, start_submission
from tests.house.walk import Walker
from tests.world import World

URL = "/en/my/rounds/world-2026/work/standing/"


def page(world: World, url: str = URL, who: str = "coordinator of A") -> str:
    response = Walker(world, who).call("GET", url)
    assert response.status_code == 200
    return response.content.decode()


def test_the_own_value_is_todays_and_the_others_are_released(world: World) -> None:
    shown = page(world)
    assert "Handle time" in shown
    assert '<span class="own">300' in shown  # 15,600,000 seconds in 52,000 calls
    assert "Preliminary" in shown
    assert "World round 2025" in shown
    assert "Satisfaction" not in shown.split("<main")[1]  # another theme's


def test_it_changes_with_the_answer_and_follows_no_other_organisation(world: World) -> None:
    person = world.person("coordinator of A")
    with participant_scope(world.a.pk, person.pk):
        submission = start_submission(world.a, world.open, by=person)
        save_answers(submission, [Typing("talk", "5200000")], by=person, language="nl")
    before = page(world)
    assert '<span class="own">100' in before
    other = world.person("coordinator of B")
    with participant_scope(world.b.pk, other.pk):
        submission = start_submission(world.b, world.open, by=other)
        save_answers(submission, [Typing("talk", "99999999")], by=other, language="nl")
    strip = lambda text: text.split("<main")[1].split("</main")[0]  # noqa: E731
    assert strip(page(world)) == strip(before)


def test_without_published_results_it_says_so(world: World) -> None:
    assert "No results of an earlier round" in page(world, "/en/my/rounds/world-2025/work/standing/")


@pytest.mark.parametrize("path", ["my/rounds/nowhere/work/standing/", "my/rounds/world-2026/nowhere/standing/"])
def test_what_does_not_exist_is_not_found(world: World, path: str) -> None:
    response: Any = Walker(world, "viewer of A").call("GET", f"/en/{path}")
    assert response.status_code == 404
