import dataclasses
import json

import pytest

from benchmark.stats.disclosure.policy import CONFIDENTIAL, PROFILES, Policy, PolicyError, profile


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


def test_public_rules_are_all_but_what_stays_with_the_foundation() -> None:
    policy = dataclasses.replace(profile(), min_contributors=7)
    rules = policy.public_rules()
    assert rules["min_contributors"] == 7
    assert set(rules) | CONFIDENTIAL == set(policy.to_dict())
    assert not set(rules) & CONFIDENTIAL
    assert Policy.from_public(rules) == policy


def test_a_release_cannot_tell_what_stays_with_the_foundation() -> None:
    told = {**dataclasses.replace(profile(), p=0.3, p_sensitive=0.4).to_dict(), "rule_of_tomorrow": 1}
    assert Policy.from_public(told) == profile()
    assert Policy.from_public({}) == profile()
