import dataclasses
import json

import pytest

from benchmark.stats.disclosure.policy import PROFILES, Policy, PolicyError, profile


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_policy_comes_back_from_stored_data(name: str) -> None:
    policy = profile(name)
    assert Policy.from_dict(json.loads(json.dumps(policy.to_dict()))) == policy


def test_policy_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        profile().p = 0  # type: ignore[misc]
    with pytest.raises(TypeError):
        profile().quantile_minima["p50"] = 1  # type: ignore[index]


@pytest.mark.parametrize(
    "changes",
    [
        {"min_contributors": 2},
        {"p": 0.0},
        {"p_sensitive": 0.05},
        {"coalition": 0},
        {"coalition": 4},
        {"version": 0},
        {"digits": 6},
        {"quantile_minima": {"p50": 3}},
        {"unknown": 1},
    ],
)
def test_policy_that_protects_nobody_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PolicyError):
        Policy.from_dict({**Policy().to_dict(), **changes})


def test_unknown_profile_is_refused() -> None:
    with pytest.raises(PolicyError, match="official"):
        profile("none")
