"""The life of a round in words: where it stands, what can be done next, by whom, and what that means."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.roles import FOUNDATION_ROLE_LABELS, FoundationRole
from surveys.models import Round
from surveys.rounds import TRANSITIONS, actions_from

LIFE = tuple(Round.State)
LABELS: dict[str, Any] = {
    "open": _("Open for answers"),
    "close": _("Close"),
    "reopen": _("Open again"),
    "freeze": _("Freeze the answers"),
    "compute": _("Compute the results"),
    "review": _("Results are reviewed"),
    "publish": _("Publish"),
    "correct": _("Start a correction"),
}
MEANINGS: dict[str, Any] = {
    "open": _("Organisations can answer and submit until the round closes."),
    "close": _("Nobody can answer any more. You can open the round again."),
    "reopen": _("Organisations can answer and submit again."),
    "freeze": _("The submitted answers are kept as they are now; they are the input of the results."),
    "compute": _("All indicators are computed for all peer groups and protected."),
    "review": _("You say that you looked at the results and found them fit to publish."),
    "publish": _("Everybody can see the results. The person who reviewed them cannot publish them."),
    "correct": _("The published edition stays readable; the next edition is prepared."),
}
CONSEQUENCES: dict[str, list[Any]] = {
    "freeze": [
        _("Answers that come in later do not count in this edition."),
        _("Freezing cannot be undone. A correction after publication makes a new edition."),
    ],
    "publish": [
        _("Participants and the public see these results at once."),
        _("A published edition never changes and cannot be withdrawn; a correction is a new edition."),
    ],
    "correct": [
        _("The round goes back to “closed”, and the number of the edition goes up."),
        _("Participants keep seeing the published edition until the next one is published."),
    ],
}


@dataclass(frozen=True)
class NextStep:
    """One step that is possible now. `allowed`: whether this person may do it; `roles`: who may."""

    action: str
    label: Any
    meaning: Any
    roles: str
    allowed: bool
    confirms: bool


def life_steps(state: str) -> list[dict[str, Any]]:
    """The states of a round for the stepper: done, current, ahead."""
    place = LIFE.index(Round.State(state))
    kinds = {index: "done" if index < place else "current" if index == place else "ahead" for index in range(len(LIFE))}
    return [{"label": one.label, "state": kinds[index]} for index, one in enumerate(LIFE)]


def next_steps(state: str, role: str) -> list[NextStep]:
    """What can be done now, in the order of a round's life."""
    return [
        NextStep(
            action,
            LABELS[action],
            MEANINGS[action],
            role_names(TRANSITIONS[action].roles),
            role in TRANSITIONS[action].roles,
            action in CONSEQUENCES,
        )
        for action in actions_from(state)
    ]


def role_names(roles: Collection[FoundationRole]) -> str:
    """Roles in words, in the order of portal/roles.py."""
    return ", ".join(str(FOUNDATION_ROLE_LABELS[role]) for role in FoundationRole if role in roles)
