"""Pages with an organisation's own results: its own alone, and a function of release and own answers (closure)."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from portal.models import Organisation
from portal.tenancy import staff_scope
from surveys.models import Answer
from tests.benchmark.test_public_pages import readable
from tests.sign_in import sign_in
from tests.world import World, canaries_in

PAGES = (
    "/my/results/",
    "/my/results/world-2025/",
    "/my/results/world-2025/aht/",
    "/my/results/world-2025/satisfaction/",
    "/my/results/world-2025/owner/",
    "/en/my/results/world-2025/",
    "/en/my/results/world-2025/aht/",
)


def signed_in(world: World, role: str) -> Client:
    client = Client()
    sign_in(client, world.person(role))
    return client


def body(client: Client, url: str) -> str:
    """The page without its token against forgery, which differs at each request."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    return re.sub(r'("X-CSRFToken": "|csrfmiddlewaretoken" value=")[^"]*', "", answer.content.decode())


def test_the_summary_shows_own_value_national_figure_and_position(world: World) -> None:
    text = body(signed_in(world, "viewer of A"), "/en/my/results/world-2025/")
    assert "300\u00a0s" in text
    assert "ratio of sums" in text
    assert "In the better half of this group" in text
    assert "Invented data." in text
    assert "Edition 1, published on" in text


def test_an_indicator_shows_every_own_group_with_reasons(world: World) -> None:
    text = body(signed_in(world, "viewer of A"), "/en/my/results/world-2025/aht/")
    assert "Your value equals the first quartile of 18 organisations, as far as the rounded figures tell." in text
    assert "Sector: Public sector" in text
    assert "Private sector" not in text
    assert 'class="suppressed"' in text
    assert "Too few organisations in this group for this percentile." in text
    assert text.count("<svg") == 2  # page and phone


def test_an_organisation_that_moves_later_keeps_the_groups_it_was_counted_in(world: World) -> None:
    client, url = signed_in(world, "viewer of A"), "/en/my/results/world-2025/aht/"
    before = body(client, url)
    with staff_scope():
        Organisation.objects.filter(pk=world.a.pk).update(dimensions={"sector": "private"})
    assert body(client, url) == before


def test_members_of_two_organisations_see_their_own(world: World) -> None:
    a = body(signed_in(world, "coordinator of A"), "/en/my/results/world-2025/")
    b = body(signed_in(world, "coordinator of B"), "/en/my/results/world-2025/")
    assert "315\u00a0s" in b
    assert "300\u00a0s" in a
    assert "300\u00a0s" not in b
    assert canaries_in(readable(a).encode()) == []


def test_what_others_answer_after_publication_changes_no_byte(world: World) -> None:
    client = signed_in(world, "viewer of A")
    before = [body(client, url) for url in PAGES]
    with staff_scope():
        others = Answer.objects.exclude(organisation=world.a)
        assert others.filter(question="talk").update(number=1.0, typed="1") > 10
        assert others.filter(question="satisfaction").update(number=1.0, typed="1") > 10
        assert others.filter(question="owner").update(choice="ours", typed="ours") > 10
    assert [body(client, url) for url in PAGES] == before


def test_what_i_answered_changes_my_page(world: World) -> None:
    """So that the test above can fail: the pages do read answers."""
    client = signed_in(world, "viewer of A")
    before = body(client, PAGES[1])
    with staff_scope():
        Answer.objects.filter(organisation=world.a, question="talk").update(number=5_200_000.0)
    assert body(client, PAGES[1]) != before


@pytest.mark.parametrize(
    "url",
    [
        "/my/results/world-2026/",
        "/my/results/nothing/",
        "/my/results/world-2025/nothing/",
        "/my/results/world-2025/?edition=2",
        "/my/results/world-2025/?edition=x",
    ],
)
def test_what_is_not_published_is_not_found(world: World, url: str) -> None:
    assert signed_in(world, "viewer of A").get(url).status_code == 404


def test_strangers_are_kept_out(world: World) -> None:
    assert Client().get(PAGES[1]).status_code == 302
    assert signed_in(world, "outsider").get(PAGES[1]).status_code == 404


def test_own_results_are_never_kept_by_a_cache(world: World) -> None:
    assert "no-store" in signed_in(world, "viewer of A").get(PAGES[1])["Cache-Control"]


def test_the_list_and_pages_take_few_queries(
    world: World, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client = signed_in(world, "viewer of A")
    for url in PAGES[:3]:
        client.get(url)
    for url, most in zip(PAGES[:3], (20, 24, 26), strict=True):
        with django_assert_max_num_queries(most):  # type: ignore[attr-defined]
            client.get(url)
