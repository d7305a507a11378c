"""Leaving a round, or everything: what was published stays as it is, and nothing later is made with the answers."""

from django.db import connection, transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from portal.errors import NotAllowed, NotPossibleNow
from portal.models import Organisation, User
from portal.roles import RUNNING_ROUNDS
from portal.services.audit import record
from portal.services.mail import put_in_outbox
from surveys.models import Round, Withdrawal
from surveys.selectors.withdrawals import is_frozen, withdrawal_of


@transaction.atomic
def withdraw_organisation(organisation: Organisation, *, round_: Round | None, by: User | None) -> Withdrawal:
    """Take an organisation out of a round (`None`: of everything); again changes nothing.

    The freeze takes the rounds' rows for itself, so this is either before it (the answers leave the round) or after it
    (they stay in what was made of them, and leave the next edition). Raises NotPossibleNow for a draft.
    """
    _hold(round_)
    existing = Withdrawal.objects.filter(organisation=organisation, round=round_).first()
    if existing is not None:
        return existing
    if round_ is not None:
        round_.refresh_from_db(fields=["state", "edition"])
        if round_.state == Round.State.DRAFT:
            raise NotPossibleNow(_("This round has not been opened yet."))
    made = Withdrawal.objects.create(organisation=organisation, round=round_, withdrawn_by=by)
    record(
        "organisation.withdrew",
        subject=organisation,
        by=by,
        organisation=organisation,
        round=round_.code if round_ else "",
        frozen=is_frozen(round_) if round_ else None,
    )
    if by is not None and not by.foundation_role:
        _confirm(made, by)
    return made


@transaction.atomic
def readmit_organisation(organisation: Organisation, *, round_: Round | None, by: User | None) -> bool:
    """Undo a withdrawal, on the organisation's request: from the next freeze on its answers count again.

    Whether there was anything to undo. Raises NotAllowed for anybody but staff who run rounds.
    """
    if by is None or by.foundation_role not in RUNNING_ROUNDS:
        raise NotAllowed(_("Your role does not allow this."))
    _hold(round_)
    gone, _rows = Withdrawal.objects.filter(organisation=organisation, round=round_).delete()
    if gone:
        code = round_.code if round_ else ""
        record("organisation.readmitted", subject=organisation, by=by, organisation=organisation, round=code)
    return bool(gone)


def refuse_withdrawn(organisation: Organisation, round_: Round) -> None:
    """Raise NotPossibleNow when the organisation left the round, or everything."""
    if withdrawal_of(organisation, round_) is not None:
        raise NotPossibleNow(_("Your organisation withdrew from this round. Ask the foundation if that has to change."))


def _hold(round_: Round | None) -> None:
    """Take the round's lock for sharing, or all rounds' in one order."""
    with connection.cursor() as cursor:
        if round_ is None:
            cursor.execute("SELECT id FROM surveys_round WHERE state <> 'draft' ORDER BY id FOR SHARE")
        else:
            cursor.execute("SELECT id FROM surveys_round WHERE id = %s FOR SHARE", [round_.pk])


def _confirm(made: Withdrawal, by: User) -> None:
    what = made.round.title if made.round else _("everything")
    body = _(
        "%(organisation)s withdrew from: %(round)s.\n\n"
        "Registered on %(time)s by %(person)s.\n\n"
        "What was published with your answers stays as it is. They leave every later edition and round; a figure that"
        " your leaving alone would give away is repeated as it was published."
    ) % {
        "organisation": made.organisation.name,
        "round": what,
        "time": date_format(localtime(made.withdrawn_at), "DATETIME_FORMAT"),
        "person": str(by),
    }
    subject = _("Withdrawn: %(round)s") % {"round": what}
    put_in_outbox(to=by.email, subject=subject, body=body, organisation=made.organisation)
