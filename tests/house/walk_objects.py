"""Which objects each address with parameters can be asked for. An address that is not here fails the walk.

Labels: `shared` exists for everybody who may call the view; `of A` and `of B` belong to one organisation; `hidden`
exists, but is not for this kind of reader (results that are not published); `absent` does not exist.
"""

from collections.abc import Callable
from typing import Any

from portal.models import Membership
from portal.roles import ANSWERING, PUBLISHING, RUNNING_ROUNDS
from portal.tenancy import staff_scope
from surveys.models import QuestionnaireDraft, Receipt, Submission
from surveys.services.drafts import EMPTY, start_draft
from surveys.services.receipts import make_receipt
from surveys.services.submissions import canonical_content
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


def _organisation() -> Objects:
    """An address of staff about one organisation."""
    return lambda world: {"shared": {"organisation_id": world.a.pk}, "absent": {"organisation_id": NO_ID}}


def _person() -> Objects:
    """An address of staff about one person."""
    return lambda world: {"shared": {"user_id": world.person("viewer of A").pk}, "absent": {"user_id": NO_ID}}


def _owned(parameter: str, key: Callable[[World, str], int], **more: Any) -> Objects:
    """An address of something that belongs to an organisation."""

    def objects(world: World) -> dict[str, Kwargs]:
        return {
            "of A": {parameter: key(world, "A"), **more},
            "of B": {parameter: key(world, "B"), **more},
            "absent": {parameter: NO_ID, **more},
        }

    return objects


def _membership(world: World, name: str) -> int:
    with staff_scope():
        return Membership.objects.get(user=world.person(f"coordinator of {name}")).pk


def _submission(**more: Any) -> Objects:
    """An address of one organisation's answers, for staff."""
    return lambda world: {
        "shared": {"code": world.finished.code, "organisation_id": world.a.pk, **more},
        "absent": {"code": world.finished.code, "organisation_id": NO_ID, **more},
    }


def _submitted(**more: Any) -> Objects:
    """An address of one's own submitted answers."""
    return lambda world: {
        "shared": {"code": world.finished.code, **more},
        "hidden": {"code": world.open.code, **more},
        "absent": {"code": NO_CODE, **more},
    }


def _receipt() -> Objects:
    """An address of what a receipt of one's own is the hash of."""

    def objects(world: World) -> dict[str, Kwargs]:
        with staff_scope():
            for one in Submission.objects.filter(round=world.finished, organisation__in=[world.a, world.b]):
                if not one.receipts.exists():
                    make_receipt(one, Receipt.Kind.SUBMITTED, canonical_content(one, {}), by=None)
        return _submitted(number=1)(world)

    return objects


def _draft(**more: Any) -> Objects:
    """An address under a draft of a questionnaire."""

    def objects(world: World) -> dict[str, Kwargs]:
        with staff_scope():
            draft = QuestionnaireDraft.objects.first() or start_draft(EMPTY, by=None)
        return {"shared": {"draft_id": draft.pk, **more}, "absent": {"draft_id": NO_ID, **more}}

    return objects


# Where the view itself looks closer than its declaration: readers may see the page, fewer may write through it.
NARROWER: dict[tuple[str, str], frozenset[str]] = {
    ("staff_round_step", "POST"): frozenset(RUNNING_ROUNDS),
    ("staff_round_publish", "POST"): frozenset(PUBLISHING),
    ("my_section", "POST"): frozenset(ANSWERING),
    ("my_review", "POST"): frozenset(ANSWERING),
    ("my_query", "POST"): frozenset(ANSWERING),
    ("staff_corrections", "POST"): frozenset(RUNNING_ROUNDS),
}
# What a POST needs to be about something that exists.
BODIES: dict[str, Callable[[World], Kwargs]] = {
    "staff_draft_change": lambda world: {"up": "section-0"},
    "my_report_create": lambda world: {"round": world.finished.code, "language": "nl"},
}

OBJECTS: dict[str, Objects] = {
    # sign-in
    "account_reset_password_from_key": lambda world: {"shared": {"uidb36": "1", "key": "no-key"}},
    "sign_in_link": lambda world: {"shared": {"code": "ABCD-EFGH"}},
    # oversight
    "staff_key_revoke": _owned("key_id", lambda world, name: world.keys[name].pk),
    "my_key_revoke": _owned("key_id", lambda world, name: world.keys[name].pk),
    "staff_access": _organisation(),
    "staff_access_csv": _organisation(),
    "staff_preview": _organisation(),
    "staff_person_data": _person(),
    "staff_person_export": _person(),
    "staff_person_erase": _person(),
    "mfa_edit_webauthn": lambda world: {"absent": {"pk": NO_ID}},
    "mfa_remove_webauthn": lambda world: {"absent": {"pk": NO_ID}},
    # people
    "invitation": lambda world: {
        "shared": {"token": world.invitations["token"]},
        "absent": {"token": "x" * len(world.invitations["token"])},
    },
    "my_colleague": _owned("membership_id", lambda world, name: _membership(world, name)),
    "my_invitation": _owned("invitation_id", lambda world, name: world.invitations[name].pk, change="withdraw"),
    "staff_member": _owned("membership_id", lambda world, name: _membership(world, name)),
    "staff_invitation": _owned("invitation_id", lambda world, name: world.invitations[name].pk, change="withdraw"),
    "staff_person": lambda world: {"shared": {"user_id": world.person("outsider").pk}, "absent": {"user_id": NO_ID}},
    **{
        name: lambda world: {"shared": {"organisation_id": world.a.pk}, "absent": {"organisation_id": NO_ID}}
        for name in (
            "staff_organisation",
            "staff_organisation_people",
            "staff_organisation_change",
            "staff_organisation_merge",
        )
    },
    "staff_group": lambda world: {"absent": {"group_id": NO_ID}},
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
    "my_receipt_file": _receipt(),
    "my_reopen": _round(),
    "my_query": _owned("query_id", lambda world, name: world.queries[name].pk),
    "my_corrections": _submitted(),
    "my_correct": _submitted(question="calls"),
    "my_section": _round(section="work"),
    "my_themes": _round(),
    "my_history": _round(question="calls"),
    "my_files": _round(),
    "my_workbook": _round(),
    "my_upload": lambda world: {
        **{f"of {name}": {"code": world.open.code, "upload_id": one.pk} for name, one in world.uploads.items()},
        "absent": {"code": world.open.code, "upload_id": NO_ID},
    },
    "my_standing": _round(section="work"),
    "my_answers_pdf": _round(),
    "my_answers_csv": _round(),
    "my_result_round": lambda world: {"shared": {"code": world.finished.code}, "absent": {"code": NO_CODE}},
    "my_chosen_group": lambda world: {
        "shared": {"code": world.finished.code},
        "hidden": {"code": world.open.code},
        "absent": {"code": NO_CODE},
    },
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
    "staff_round_publish": _round(),
    "staff_round_step": _round(action="close"),
    "staff_response": _round(),
    "staff_response_csv": _round(),
    "staff_response_assign": _round(),
    "staff_round_mail": _round(),
    "staff_findings": _round(),
    "staff_check_round": _round(),
    "staff_queries": _round(),
    "staff_corrections": _round(),
    "staff_submission": _submission(),
    "staff_submission_change": _submission(action="accept"),
    "staff_round_peer_groups": _round(),
    "staff_round_peer_groups_change": _round(change="offer"),
    "staff_questionnaire": lambda world: {
        "shared": {"code": "world", "version": "2025"},
        "absent": {"code": "world", "version": "1999"},
    },
    "staff_questionnaire_file": lambda world: {
        "shared": {"code": "world", "version": "2025", "form": "yaml"},
        "absent": {"code": "world", "version": "1999", "form": "yaml"},
    },
    "staff_questionnaire_pdf": lambda world: {
        "shared": {"code": "world", "version": "2025"},
        "absent": {"code": "world", "version": "1999"},
    },
    "staff_draft_pdf": _draft(),
    "staff_draft": _draft(),
    "staff_draft_change": _draft(),
    "staff_draft_publish": _draft(),
    "staff_draft_preview": _draft(),
    "staff_draft_file": _draft(form="yaml"),
    "staff_draft_edit": _draft(place="head"),
    "staff_withdrawal": lambda world: {
        "shared": {"organisation_id": world.a.pk},
        "absent": {"organisation_id": NO_ID},
    },
    "staff_reports": _round(),
    "staff_report_create": _round(),
    "staff_report_file": _owned("report_id", lambda world, name: world.reports[name].pk),
    "staff_policy": lambda world: {
        "shared": {"profile": "standard", "version": 1},
        "absent": {"profile": "standard", "version": 99},
    },
    "staff_policy_propose": lambda world: {"shared": {"profile": "standard"}, "absent": {"profile": NO_CODE}},
    "staff_policy_approve": lambda world: {
        "shared": {"profile": "standard", "version": 1},
        "absent": {"profile": "standard", "version": 99},
    },
    "staff_release": lambda world: {
        "shared": {"code": world.finished.code, "edition": 1},
        "absent": {"code": world.finished.code, "edition": 99},
    },
    "staff_release_gate": lambda world: {
        "shared": {"code": world.finished.code, "edition": 1},
        "absent": {"code": world.finished.code, "edition": 99},
    },
    "staff_release_advise": lambda world: {
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
    "api_chosen_groups": _published(),
    "api_answers": _round(),
}
