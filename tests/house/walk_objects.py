"""Which objects each address with parameters can be asked for. An address that is not here fails the walk.

Labels: `shared` exists for everybody who may call the view; `of A` and `of B` belong to one organisation; `hidden`
exists, but is not for this kind of reader (results that are not published); `absent` does not exist.
"""

from collections.abc import Callable
from typing import Any

from portal.roles import ANSWERING, RUNNING_ROUNDS
from tests.world import World

Kwargs = dict[str, Any]
Objects = Callable[[World], dict[str, Kwargs]]
NO_ID = 987_654_321
NO_CODE = "no-such-thing"


def _published(**more: Any) -> Objects:
    """A public address under a round: the published one, the open one, none; and a wrong `more`."""

    def objects(world: World) -> dict[str, Kwargs]:
        return {
            "shared": {"code": world.finished.code, **more},
            "hidden": {"code": world.open.code, **more},
            "absent": {"code": NO_CODE, **more},
        }

    return objects


def _round(**more: Any) -> Objects:
    """An address under any round that is not a draft."""
    return lambda world: {"shared": {"code": world.open.code, **more}, "absent": {"code": NO_CODE, **more}}


def _owned(parameter: str, key: Callable[[World, str], int]) -> Objects:
    """An address of something that belongs to an organisation."""

    def objects(world: World) -> dict[str, Kwargs]:
        return {
            "of A": {parameter: key(world, "A")},
            "of B": {parameter: key(world, "B")},
            "absent": {parameter: NO_ID},
        }

    return objects


# Where the view itself looks closer than its declaration: readers may see the page, fewer may write through it.
NARROWER: dict[tuple[str, str], frozenset[str]] = {
    ("staff_round_step", "POST"): frozenset(RUNNING_ROUNDS),
    ("my_section", "POST"): frozenset(ANSWERING),
    ("my_review", "POST"): frozenset(ANSWERING),
}
# What a POST needs to be about something that exists.
BODIES: dict[str, Callable[[World], Kwargs]] = {
    "my_report_create": lambda world: {"round": world.finished.code, "language": "nl"},
}

OBJECTS: dict[str, Objects] = {
    # sign-in
    "account_reset_password_from_key": lambda world: {"shared": {"uidb36": "1", "key": "no-key"}},
    # jobs
    "staff_job": _owned("job_id", lambda world, name: world.jobs[name].pk),
    "my_job": _owned("job_id", lambda world, name: world.jobs[name].pk),
    # participants
    "my_round": _round(),
    "my_autosave": _round(),
    "my_print": _round(),
    "my_review": _round(),
    "my_submit": _round(),
    "my_receipt": _round(),
    "my_reopen": _round(),
    "my_section": _round(section="work"),
    "my_result_round": lambda world: {"shared": {"code": world.finished.code}, "absent": {"code": NO_CODE}},
    "my_result_kpi": lambda world: {
        "shared": {"code": world.finished.code, "kpi": "aht"},
        "hidden": {"code": world.open.code, "kpi": "aht"},
        "absent": {"code": world.finished.code, "kpi": NO_CODE},
    },
    "my_report_file": _owned("report_id", lambda world, name: world.reports[name].pk),
    # the public
    "round_overview": _published(),
    "kpi_page": _published(kpi="aht"),
    "kpi_csv": _published(kpi="aht"),
    # the foundation
    "staff_round": _round(),
    "staff_round_flags": _round(),
    "staff_round_step": _round(action="close"),
    "staff_questionnaire": lambda world: {
        "shared": {"code": "world", "version": "2025"},
        "absent": {"code": "world", "version": "1999"},
    },
    "staff_reports": _round(),
    "staff_report_create": _round(),
    "staff_report_file": _owned("report_id", lambda world, name: world.reports[name].pk),
    "staff_release": lambda world: {
        "shared": {"code": world.finished.code, "edition": 1},
        "absent": {"code": world.finished.code, "edition": 99},
    },
    "staff_release_kpi": lambda world: {
        "shared": {"code": world.finished.code, "edition": 1, "kpi": "aht"},
        "absent": {"code": world.finished.code, "edition": 1, "kpi": NO_CODE},
    },
    # API
    "api_round": _published(),
    "api_kpis": _published(),
    "api_document": _published(kpi="aht"),
    "api_peer_groups": _published(),
    "api_observations": _published(),
}
