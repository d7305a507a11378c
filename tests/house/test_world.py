"""The world that other tests stand in is what its drawing says."""

from benchmark.selectors.releases import published_release
from portal.models import Membership
from portal.tenancy import api_scope, participant_scope, staff_scope
from surveys.models import Answer, Round
from tests.world import World, canaries


def test_world_is_as_drawn(world: World) -> None:
    assert (world.finished.state, world.open.state) == (Round.State.PUBLISHED, Round.State.OPEN)
    with staff_scope():
        assert not Membership.objects.filter(user=world.person("outsider")).exists()
    with api_scope():
        release = published_release("world-2025")
        assert release is not None
        assert release.tables["aht"].groups["all"].n == 18
        assert release.tables["satisfaction"].groups["all"].value("p50") is not None


def test_canaries_occur_in_the_answers_of_b_only(world: World) -> None:
    for organisation, expected in ((world.a, False), (world.b, True)):
        with participant_scope(organisation.pk):
            typed = [str(one) for one in Answer.objects.values_list("typed", flat=True)]
        assert any(canary in text for text in typed for canary in canaries()) is expected
