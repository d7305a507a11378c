"""What the audit trail's actions, subjects and details are called on pages; one without a word here shows its code.

tests/portal/test_audit_words.py finds what the code records and has no words here.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext_lazy as _

from portal.roles import FOUNDATION_ROLE_LABELS, MEMBER_ROLE_LABELS

WORDS: dict[str, Any] = {
    "access_report.downloaded": _("Access report downloaded"),
    "access_report.seen": _("Access report seen"),
    "answer.corrected": _("Answer corrected"),
    "answer.counts_again": _("Answer counts again"),
    "answer.excluded": _("Answer left out"),
    "answers.seen": _("Answers seen"),
    "answers.uploaded": _("Answers sent by a program"),
    "api_key.first_used": _("API key used for the first time"),
    "api_key.issued": _("API key made"),
    "api_key.revoked": _("API key revoked"),
    "audit.expired": _("Audit log shortened by policy"),
    "audit.exported": _("Audit log downloaded"),
    "audit.searched": _("Audit log searched"),
    "corrections.applied": _("Corrections taken over"),
    "demo.filled": _("Demonstration filled"),
    "file.infected": _("File with malicious software refused"),
    "file.downloaded": _("File downloaded"),
    "finding.dismissed": _("Finding seen and in order"),
    "group.created": _("Group of organisations made"),
    "group.renamed": _("Group of organisations renamed"),
    "indicators.loaded": _("Indicators loaded"),
    "invitation.accepted": _("Invitation accepted"),
    "invitation.sent": _("Invitation sent"),
    "invitation.withdrawn": _("Invitation withdrawn"),
    "member.added": _("Person added to the organisation"),
    "member.removed": _("Person removed from the organisation"),
    "member.role_changed": _("Role in the organisation changed"),
    "organisation.changed": _("Organisation changed"),
    "organisation.created": _("Organisation made"),
    "organisation.merged": _("Organisations merged"),
    "organisation.preview_ended": _("Preview ended"),
    "organisation.preview_started": _("Preview of the organisation's pages begun"),
    "organisation.previewed": _("Page of the organisation seen in the preview"),
    "organisation.readmitted": _("Withdrawal taken back"),
    "organisation.second_step_optional": _("Second step left to each colleague"),
    "organisation.second_step_required": _("Second step required of everybody in the organisation"),
    "organisation.withdrew": _("Organisation withdrew"),
    "organisations.saved": _("Organisations imported"),
    "person.erased": _("Person erased"),
    "person.exported": _("Data of a person downloaded"),
    "policy.approved": _("Protection policy approved"),
    "policy.proposed": _("Protection policy proposed"),
    "queries.reminded": _("Reminded of queries"),
    "query.asked": _("Query asked"),
    "query.asked_further": _("Query gone on with"),
    "query.replied": _("Query replied to"),
    "query.resolved": _("Query resolved"),
    "questionnaire.draft_dropped": _("Draft of a questionnaire thrown away"),
    "questionnaire.draft_started": _("Draft of a questionnaire begun"),
    "questionnaire.loaded": _("Questionnaire loaded"),
    "release.advised": _("Unions of categories tried out"),
    "release.computed": _("Results computed"),
    "release.published": _("Results published"),
    "release.reviewed": _("Results reviewed"),
    "report.downloaded": _("Report downloaded"),
    "report.made": _("Report made"),
    "report.requested": _("Report asked for"),
    "retention.carried_out": _("Old data removed"),
    "round.check.requested": _("Check of answers asked for"),
    "round.chosen_groups_decided": _("Decided whether participants choose groups themselves"),
    "round.close": _("Round closed"),
    "round.compute": _("Round computed"),
    "round.compute.requested": _("Computation asked for"),
    "round.correct": _("Correction of a round begun"),
    "round.corrections": _("Time for corrections set"),
    "round.created": _("Round made"),
    "round.crossings_chosen": _("Chosen how many dimensions peer groups cross"),
    "round.freeze": _("Answers frozen"),
    "round.freeze.requested": _("Freeze asked for"),
    "round.mailed": _("Mail sent to organisations"),
    "round.open": _("Round opened"),
    "round.profile_chosen": _("Rules of protection chosen for a round"),
    "round.publish": _("Round published"),
    "round.reopen": _("Round opened again"),
    "round.review": _("Round reviewed"),
    "round.union_declared": _("Union of categories declared"),
    "round.union_withdrawn": _("Union of categories taken back"),
    "sign_in.confirmed": _("Confirmed who they are"),
    "sign_in.done": _("Signed in"),
    "sign_in.factor_added": _("Second factor added"),
    "sign_in.factor_removed": _("Second factor removed"),
    "sign_in.factor_renewed": _("Recovery codes renewed"),
    "sign_in.factors_taken_away": _("Second factors taken away"),
    "sign_in.failed": _("Attempt to sign in failed"),
    "sign_in.password_changed": _("Password changed"),
    "sign_in.sessions_ended": _("Signed out in other browsers"),
    "submission.acceptance_taken_back": _("Acceptance taken back"),
    "submission.accepted": _("Submission accepted"),
    "submission.assigned": _("Submission given to a validator"),
    "submission.reopened": _("Submission reopened"),
    "submission.signed": _("Answers signed"),
    "submission.started": _("Submission begun"),
    "submission.submitted": _("Answers submitted"),
    "submissions.imported": _("Submissions imported"),
    "themes.assigned": _("Themes given to a colleague"),
    "user.closed": _("Account closed"),
    "user.created": _("Account made"),
    "user.foundation_role_changed": _("Role at the foundation changed"),
    "user.opened": _("Account opened again"),
}


def action_words(action: str) -> str:
    """The action in the reader's language, or its code."""
    return str(WORDS.get(action, action))


SUBJECTS: dict[str, Any] = {
    "benchmark.indicatorset": _("indicators"),
    "benchmark.release": _("results"),
    "benchmark.report": _("report"),
    "portal.apikey": _("API key"),
    "portal.invitation": _("invitation"),
    "portal.membership": _("member"),
    "portal.organisation": _("organisation"),
    "portal.organisationgroup": _("group of organisations"),
    "portal.user": _("person"),
    "surveys.correction": _("correction"),
    "surveys.finding": _("finding"),
    "surveys.query": _("query"),
    "surveys.questionnairedraft": _("draft of a questionnaire"),
    "surveys.questionnaireversion": _("version of a questionnaire"),
    "surveys.round": _("round"),
    "surveys.submission": _("submission"),
    "surveys.withdrawal": _("withdrawal"),
    "audit": _("audit log"),
    "demo": _("demonstration"),
    "organisations": _("organisations"),
    "queries": _("queries"),
    "retention": _("retention"),
    "sign_in": _("signing in"),
    "upload": _("uploaded file"),
}
FACTS: dict[str, Any] = {
    "action": _("action"),
    "addresses": _("addresses"),
    "after": _("after"),
    "answers": _("answers"),
    "asked": _("asked for"),
    "attempts": _("attempts"),
    "before": _("before"),
    "breaks": _("breaks in series"),
    "categories": _("categories"),
    "chain_hash": _("last seal"),
    "code": _("code"),
    "column": _("column"),
    "content_hash": _("fingerprint"),
    "count": _("number"),
    "counts": _("numbers"),
    "created": _("new"),
    "days": _("days"),
    "dimension": _("dimension"),
    "draft_id": _("draft"),
    "edition": _("edition"),
    "file": _("file"),
    "flagged": _("remarks by indicator"),
    "form": _("form"),
    "foundation_role": _("role at the foundation"),
    "frozen": _("answers were frozen"),
    "gain": _("gain"),
    "given_up": _("given up"),
    "group": _("group"),
    "hash": _("fingerprint"),
    "imported": _("imported"),
    "invitations": _("invitations"),
    "invited_by": _("invited by"),
    "job": _("background work"),
    "kind": _("kind"),
    "kpi": _("indicator"),
    "label": _("name"),
    "language": _("language"),
    "lost": _("lost"),
    "mails": _("mails"),
    "merges": _("unions that would show more"),
    "name": _("name"),
    "networks": _("networks"),
    "now": _("shown now"),
    "number": _("number"),
    "offered": _("offered"),
    "organisation": _("organisation"),
    "organisations": _("organisations"),
    "other": _("other organisation"),
    "pages": _("pages"),
    "path": _("page"),
    "people": _("people"),
    "person": _("person"),
    "prefix": _("begins with"),
    "price": _("price of chosen groups"),
    "profile": _("profile"),
    "proof": _("proof"),
    "proofs": _("proofs"),
    "queries": _("queries"),
    "question": _("question"),
    "reason": _("reason"),
    "refused": _("refused"),
    "rejected": _("organisations refused"),
    "rejected_rows": _("rows refused"),
    "removed": _("removed"),
    "resolution": _("outcome"),
    "role": _("role"),
    "round": _("round"),
    "scopes": _("may"),
    "section": _("theme"),
    "sha256": _("fingerprint"),
    "since": _("since"),
    "themes": _("themes"),
    "title": _("title"),
    "total": _("total"),
    "type": _("kind"),
    "unattributed": _("rows of no organisation"),
    "unattributed_changed": _("amounts of no organisation changed"),
    "unchanged": _("unchanged"),
    "union": _("union"),
    "until": _("until"),
    "updated": _("changed"),
    "validator": _("validator"),
    "version": _("version"),
    "virus": _("malicious software"),
    "waiting": _("waiting by indicator"),
    "waits": _("counts from the next edition on"),
    "way": _("way"),
    "with": _("with chosen groups"),
    "without": _("without chosen groups"),
    "won": _("won"),
}
PROOFS: dict[str, Any] = {
    "password": _("password"),
    "password_reset": _("new password by a link in a mail"),
    "totp": _("authenticator app"),
    "webauthn": _("passkey"),
    "recovery_codes": _("recovery codes"),
    "code": _("code by mail"),
    "invitation": _("invitation"),
    "mfa": _("second step"),
}
WAYS: dict[str, Any] = {
    "password": _("password"),
    "code": _("code by mail"),
    "passkey": _("passkey"),
    "second_step": _("second step"),
    "confirm": _("confirming who one is"),
    "too_many": _("stopped after too many attempts"),
    "closed_account": _("account that is closed"),
}
STATES: dict[str, Any] = {
    "draft": _("Draft"),
    "open": _("Open"),
    "closed": _("Closed"),
    "frozen": _("Frozen"),
    "computed": _("Computed"),
    "reviewed": _("Reviewed"),
    "published": _("Published"),
}
SCOPES: dict[str, Any] = {
    "read": _("Read published figures"),
    "upload": _("Send the organisation's own answers"),
}
RESOLUTIONS: dict[str, Any] = {
    "explained": _("The value is right"),
    "corrected": _("The value was corrected"),
    "excluded": _("The value does not count"),
    "withdrawn": _("The question was taken back"),
}
KINDS: dict[str, Any] = {
    "invitation": _("Invitation"),
    "reminder": _("Reminder"),
    "unit": _("Unit"),
    "history": _("Own history"),
    "size": _("Ratio to size"),
    "peers": _("Peers"),
    "consistency": _("Consistency"),
    "duplicate": _("Duplicate"),
}
ROLES: dict[str, Any] = {str(role): words for role, words in MEMBER_ROLE_LABELS.items()}
ROLES |= {str(role): words for role, words in FOUNDATION_ROLE_LABELS.items()}
# What the values of a detail are called, by its key.
VALUES: dict[str, Mapping[str, Any]] = {
    "action": WORDS,
    "after": STATES,
    "before": {**STATES, **ROLES},
    "foundation_role": ROLES,
    "kind": KINDS,
    "proof": PROOFS,
    "proofs": PROOFS,
    "resolution": RESOLUTIONS,
    "role": {**ROLES, "goes": _("goes on in the other"), "stays": _("takes the other in")},
    "scopes": SCOPES,
    "type": PROOFS,
    "way": WAYS,
}
MOMENTS = ("since", "until")
LONG_HASH = re.compile(r"[0-9a-f]{32,}")


def subject_words(subject: str) -> str:
    """What an entry is about: `submission 121`, a page that was seen, or the subject as it is stored."""
    kind, _colon, number = subject.partition(":")
    if kind.startswith(("staff_", "my_")):
        return str(_("a page"))
    return f"{SUBJECTS[kind]} {number}".strip() if kind in SUBJECTS else subject


def fact_words(key: str, value: Any) -> str:
    """One detail of an entry, as it is stored: `role: Contributor`."""
    return f"{FACTS.get(key, key)}: {_value_words(key, value)}"


def _value_words(key: str, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{FACTS.get(one, one)} {_value_words(one, inner)}" for one, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_value_words(key, one) for one in value)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, str) and value in VALUES.get(key, {}):
        return str(VALUES[key][value])
    return _moment(value) if key in MOMENTS else plain(value)


def _moment(value: Any) -> str:
    """A time as pages write it; what is no time with its zone as it is."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return plain(value)
    return f"{localtime(at):%d-%m-%Y %H:%M:%S}" if is_aware(at) else plain(value)


def plain(value: Any) -> str:
    """A value of a detail as text, by the codes of the trail; of a long hash its beginning."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {plain(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(plain(one) for one in value)
    text = str(value)
    return f"{text[:12]}…" if LONG_HASH.fullmatch(text) else text
