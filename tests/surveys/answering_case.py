"""A questionnaire with one of each, last year's answers, and people of every role: what answering is tested on.

Zilver ── coordinator · contributor · viewer          Anders ── stranger (coordinator)
   │
   ├── small-2025  closed, submitted: calls 1000, outsources yes
   ├── small-2026  open
   └── small-2027  draft
"""

from dataclasses import dataclass

from django.test import Client
from django.utils import timezone

from portal.models import Membership, Organisation, User
from portal.roles import MemberRole
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Answer, Round, Submission
from surveys.selectors.answers import answer_sheet
from surveys.services.answers import Typing, save_answers, start_submission
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import advance_round, create_round
from tests.sign_in import sign_in

SMALL = """\
questionnaire: small
version: "{year}"
title: {{nl: Klein, en: Small}}
sections:
  - code: work
    title: {{nl: Werk, en: Work}}
    questions:
      - {{code: calls, type: number, required: true, decimals: 0, text: {{nl: Hoeveel gesprekken, en: How many calls}},
          definition: {{nl: Alles telt., en: Everything counts.}}, unit: {{nl: gesprekken, en: calls}},
          hard: {{min: 0}}, soft: {{max: 5000}}, soft_change: 0.5}}
      - {{code: answered, type: number, text: {{nl: Hoeveel beantwoord?, en: How many answered?}}}}
      - {{code: outsources, type: yes_no, required: true, text: {{nl: Besteedt u uit?, en: Do you outsource?}}}}
      - code: reason
        type: single_choice
        ask_if: "outsources == 'yes'"
        text: {{nl: Waarom?, en: Why?}}
        options:
          - {{code: cost, label: {{nl: Kosten, en: Cost}}}}
          - {{code: time, label: {{nl: Tijd, en: Time}}}}
  - code: rest
    title: {{nl: Overig, en: The rest}}
    questions:
      - code: channels
        type: percentage_set
        text: {{nl: Verdeling, en: Mix}}
        total: 100
        parts:
          - {{code: phone, label: {{nl: Telefoon, en: Phone}}}}
          - {{code: mail, label: {{nl: E-mail, en: E-mail}}}}
      - code: goals
        type: multiple_choice
        text: {{nl: Doelen, en: Goals}}
        options:
          - {{code: faster, label: {{nl: Sneller, en: Faster}}}}
          - {{code: better, label: {{nl: Beter, en: Better}}}}
          - {{code: none, label: {{nl: Geen, en: None}}, exclusive: true}}
      - {{code: remark, type: long_text, text: {{nl: Opmerking, en: Remark}}}}
checks:
  - code: answered_within_calls
    kind: hard
    expression: "answered <= calls"
    message: {{nl: Meer beantwoord dan er waren., en: More answered than there were.}}
"""


@dataclass
class Case:
    """What was made."""

    mine: Organisation
    other: Organisation
    people: dict[str, User]
    open: Round
    closed: Round
    draft: Round

    def client(self, role: str) -> Client:
        """A signed-in browser without JavaScript."""
        client = Client()
        sign_in(client, self.people[role])
        return client

    def submission(self, *, by: str = "coordinator") -> Submission:
        """The submission of the open round, begun when it was not."""
        return start_submission(self.mine, self.open, by=self.people[by])

    def say(self, question: str, typed: object, *, by: str = "coordinator", base: int | None = None) -> object:
        """One answer through the service, as its person."""
        with participant_scope(self.mine.pk, self.people[by].pk):
            typing = Typing(question, typed, 0, base)  # type: ignore[arg-type]
            return save_answers(self.submission(by=by), [typing], by=self.people[by], language="nl")[0]

    def stored(self, question: str) -> Answer | None:
        """What is in the database."""
        with staff_scope():
            return Answer.objects.filter(submission__round=self.open, question=question).first()

    def marks(self, *codes: str, language: str = "nl") -> dict[str, str]:
        """The hidden fields of a page that shows these questions as they are now."""
        from surveys.forms.question_fields import question_field

        with participant_scope(self.mine.pk, self.people["coordinator"].pk):
            sheet = answer_sheet(self.mine, self.open.code, language)
            assert sheet is not None
            fields = [question_field(sheet, sheet.file.question(code), None, None, None) for code in codes]
        return {"sheet": sheet.key, "section": "work"} | {one.mark_name: one.mark for one in fields}

    def fill_all(self) -> None:
        """Answers that can be handed in."""
        for code, typed in {"calls": "1200", "answered": "900", "outsources": "no"}.items():
            self.say(code, typed)


def build_case(password: str | None = None) -> Case:
    """Make it, through services. Without a password nobody can sign in by hand, which saves the time of hashing."""
    with staff_scope():
        mine = Organisation.objects.create(code="zilver", name="Zilverstroom")
        other = Organisation.objects.create(code="anders", name="Anders")
        people = {}
        for role, organisation in [*((role.value, mine) for role in MemberRole), ("stranger", other)]:
            people[role] = User.objects.create_user(f"{role}@example.org", password, name=role.title())
            member = MemberRole.COORDINATOR if role == "stranger" else role
            Membership.objects.create(organisation=organisation, user=people[role], role=member)
        rounds = {year: _round(year) for year in (2025, 2026, 2027)}
        for year in (2025, 2026):
            advance_round(rounds[year].pk, "open", by=None)
        before = start_submission(mine, rounds[2025], by=None)
        save_answers(before, [Typing("calls", "1.000"), Typing("outsources", "yes")], by=None, language="nl")
        Submission.objects.filter(pk=before.pk).update(state="submitted", submitted_at=timezone.now())
        advance_round(rounds[2025].pk, "close", by=None)
    return Case(mine, other, people, rounds[2026], rounds[2025], rounds[2027])


def _round(year: int) -> Round:
    version = load_questionnaire_file(SMALL.format(year=year), f"small-{year}.yaml", by=None).version
    assert version is not None
    return create_round(
        code=f"small-{year}",
        title_nl=f"Klein {year}",
        title_en=f"Small {year}",
        version=version,
        reference_period=str(year),
        by=None,
    )
