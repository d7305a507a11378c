"""The states of a round and the only ways between them; pure data, read by services, pages and the command."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.roles import PUBLISHING, RUNNING_ROUNDS, FoundationRole


@dataclass(frozen=True)
class Transition:
    """One step: from which states, to which, by whom. Steps with a `job` end in the worker, not in the request."""

    action: str
    sources: frozenset[str]
    target: str
    roles: frozenset[FoundationRole]
    job: str = ""


def _step(action: str, sources: str, target: str, roles: frozenset[FoundationRole], job: str = "") -> Transition:
    return Transition(action, frozenset(sources.split()), target, roles, job)


TRANSITIONS: dict[str, Transition] = {
    step.action: step
    for step in (
        _step("open", "draft", "open", RUNNING_ROUNDS),
        _step("close", "open", "closed", RUNNING_ROUNDS),
        _step("reopen", "closed", "open", RUNNING_ROUNDS),
        _step("freeze", "closed", "frozen", RUNNING_ROUNDS, job="surveys.freeze_round"),
        _step("compute", "frozen computed", "computed", RUNNING_ROUNDS, job="benchmark.compute_release"),
        _step("review", "computed", "reviewed", RUNNING_ROUNDS),
        _step("publish", "reviewed", "published", PUBLISHING),
        # A correction keeps the published edition readable and prepares the next one.
        _step("correct", "published", "closed", RUNNING_ROUNDS),
    )
}


def actions_from(state: str) -> list[str]:
    """The actions that are possible in `state`, in the order of a round's life."""
    return [action for action, step in TRANSITIONS.items() if state in step.sources]


# What carries out a step that needs more than a change of state, registered by the app that owns it (AppConfig.ready):
# called as step(round_id, by=user). Steps that are not here are `advance_round` or, with a job, `start_round_job`.
STEPS: dict[str, Callable[..., Any]] = {}


def register_step(action: str, step: Callable[..., Any]) -> None:
    """Let `step(round_id, *, by)` carry out `action`; raises ValueError for an unknown or a taken action."""
    if action not in TRANSITIONS or STEPS.get(action, step) is not step:
        raise ValueError(f"the step {action!r} is unknown or registered already")
    STEPS[action] = step
