"""`manage.py policy show | propose | approve`: the protection policy, which needs two people to change.

manage.py policy show standard
manage.py policy propose standard min_contributors=6 --note "advice of 12 March" --by researcher@example.org
manage.py policy approve standard 2 --by publisher@example.org
"""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from benchmark.models import PolicyVersion
from benchmark.selectors.policies import PolicyPage, policy_pages
from benchmark.services.policies import approve_policy, propose_policy
from portal.models import User
from surveys.management.staff_command import StaffCommand


class Command(StaffCommand):
    """Shows versions of the policy, and lets two people make a new one."""

    help = "Show the versions of the protection policy, propose a change, or approve somebody else's proposal."

    def add_arguments(self, parser: CommandParser) -> None:
        """One of three things to do."""
        steps = parser.add_subparsers(dest="step", required=True)
        show = steps.add_parser("show", help="the versions with their rules")
        show.add_argument("profile", nargs="?")
        propose = steps.add_parser("propose", help="a next version, which waits for a second person")
        propose.add_argument("profile")
        propose.add_argument("changes", nargs="+", metavar="RULE=VALUE")
        propose.add_argument("--note", required=True, help="why the rules change")
        approve = steps.add_parser("approve", help="put a proposal in force for rounds that open from now on")
        approve.add_argument("profile")
        approve.add_argument("version", type=int)
        for step in (show, propose, approve):
            step.add_argument("--by", metavar="EMAIL", default=None, help="the staff member who acts")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, as the person named."""
        with self.acting(options["by"]) as by:
            said = {"show": self._show, "propose": self._propose, "approve": self._approve}[options["step"]](
                by, options
            )
        self.stdout.write(said)

    def _show(self, by: User | None, options: dict[str, Any]) -> str:
        pages = policy_pages(options["profile"])
        if not pages:
            raise CommandError(f"There is no profile {options['profile']!r}.")
        return "\n\n".join(_described(page) for page in pages)

    def _propose(self, by: User | None, options: dict[str, Any]) -> str:
        changes = dict(_parsed(text) for text in options["changes"])
        made = propose_policy(options["profile"], changes, note=options["note"], by=by)
        return f"Proposed {made}; somebody else with the role of publisher approves it."

    def _approve(self, by: User | None, options: dict[str, Any]) -> str:
        found = PolicyVersion.objects.filter(profile=options["profile"], version=options["version"]).first()
        if found is None:
            raise CommandError(f"There is no {options['profile']} {options['version']}.")
        return f"Approved {approve_policy(found.pk, by=by)}; rounds that open from now on are protected by it."


def _parsed(text: str) -> tuple[str, Any]:
    rule, equals, value = text.partition("=")
    try:
        return rule, json.loads(value)
    except json.JSONDecodeError:
        hint = "a number, or JSON" if equals else "RULE=VALUE"
        raise CommandError(f"{text}: expected {hint}") from None


def _described(page: PolicyPage) -> str:
    one = page.version
    state = "proposed" if page.is_proposal else "approved"
    in_force = ", in force" if page.in_force else ""
    people = "came with the software" if one.is_shipped else f"{one.proposed_by} proposed, {one.approved_by} approved"
    if page.is_proposal:
        people = f"{one.proposed_by} proposed"
    lines = [f"{one} ({state}{in_force}; {people}; {one.proposed_at:%Y-%m-%d})"]
    lines += [f"  {one.note}"] if one.note else []
    if page.changes:
        lines += [f"  {change.rule}: {change.before} -> {change.after}" for change in page.changes]
    else:
        lines += [f"  {rule}: {value}" for rule, value in one.body.items() if rule not in ("profile", "version")]
    return "\n".join(lines)
