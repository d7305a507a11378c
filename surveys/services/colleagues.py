"""Asking colleagues to do themes."""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from portal.errors import InvalidInput
from portal.models import Membership, Organisation, User
from portal.roles import ANSWERING
from portal.services.audit import record
from portal.services.mail import put_in_outbox
from surveys.models import Round, ThemeAssignment


@transaction.atomic
def assign_themes(
    organisation: Organisation,
    round_: Round,
    wanted: Mapping[str, Collection[int]],
    *,
    by: User,
    links: Mapping[str, str],
) -> int:
    """Who does which theme from now on: section code → ids of members. Who is asked anew gets one mail.

    `links`: the address of each theme, which asks to sign in first. Returns how many people got a mail. Raises
    InvalidInput for a theme that the round does not have or a person who cannot answer for the organisation.
    """
    sections = {section.code: section for section in round_.version.file.sections}
    members = Membership.objects.filter(organisation=organisation, role__in=[*ANSWERING]).select_related("user")
    people = {row.user_id: row.user for row in members}
    if set(wanted) - set(sections) or {who for ids in wanted.values() for who in ids} - set(people):
        raise InvalidInput(_("Choose colleagues who may fill in answers, and themes of this questionnaire."))
    before = ThemeAssignment.objects.filter(organisation=organisation, round=round_)
    had = set(before.values_list("section", "user_id"))
    want = {(code, who) for code, ids in wanted.items() for who in ids}
    for code, who in had - want:
        before.filter(section=code, user_id=who).delete()
    ThemeAssignment.objects.bulk_create(
        ThemeAssignment(organisation=organisation, round=round_, section=code, user_id=who, assigned_by=by)
        for code, who in sorted(want - had)
    )
    if want != had:
        record("themes.assigned", subject=round_, by=by, organisation=organisation, themes=sorted(map(list, want)))
    asked: dict[int, list[str]] = {}
    for code in sections:
        for _code, who in sorted(one for one in want - had if one[0] == code and one[1] != by.pk):
            asked.setdefault(who, []).append(code)
    for who, codes in asked.items():
        _tell(people[who], organisation, round_, codes, by, links)
    return len(asked)


def _tell(
    person: User, organisation: Organisation, round_: Round, codes: list[str], by: User, links: Mapping[str, str]
) -> None:
    """One mail with a link per theme; the links lead past the sign-in page, not around it."""
    titles = {one.code: one.title for one in round_.version.file.sections}
    with translation.override(person.language):
        lines = [f"{titles[code].text(person.language)}\n{links.get(code, '')}" for code in codes]
        body = _(
            "%(by)s asks you to fill in, for %(organisation)s in “%(round)s”:\n\n%(themes)s\n\n"
            "Sign in with your own account; the link then opens the theme. What you type is saved by itself."
        ) % {"by": str(by), "organisation": organisation.name, "round": round_.title, "themes": "\n\n".join(lines)}
        subject = _("Please fill in: %(round)s") % {"round": round_.title}
    put_in_outbox(to=person.email, subject=subject, body=body, organisation=organisation)
