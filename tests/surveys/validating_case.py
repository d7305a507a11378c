"""A submitted submission and a researcher: what validating is tested on. On top of answering_case.

Zilver has submitted small-2026: calls 1200 (1000 last year), answered 900, outsources no.
"""

from dataclasses import dataclass

from django.test import Client

from portal.models import User
from portal.roles import FoundationRole
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Correction, Query, Round, Submission
from surveys.services.answers import Typing
from surveys.services.corrections import correct_answer
from surveys.services.queries import ask_query, reply_to_query, resolve_query
from surveys.services.rounds import advance_round
from surveys.services.submissions import submit_submission
from tests.sign_in import sign_in
from tests.surveys.answering_case import Case, build_case


@dataclass
class ValidatingCase:
    """`case` with `researcher` and `publisher`, and the submission."""

    case: Case
    researcher: User
    publisher: User
    submission: Submission

    def staff(self, user: User | None = None) -> Client:
        """A signed-in browser of the foundation."""
        client = Client()
        sign_in(client, user or self.researcher)
        return client

    def reload(self) -> Submission:
        """As it is stored now."""
        with staff_scope():
            rows = Submission.objects.select_related("round__version__questionnaire", "organisation")
            return rows.get(pk=self.submission.pk)

    def ask(self, question: str = "calls", text: str = "Klopt dit?") -> Query:
        """A query by the researcher."""
        with staff_scope():
            return ask_query(self.reload(), question, text=text, by=self.researcher)

    def reply(self, query: Query, text: str = "Ja, dat klopt.", role: str = "coordinator") -> Query:
        """A reply by somebody of the organisation."""
        with participant_scope(self.case.mine.pk, self.case.people[role].pk):
            return reply_to_query(query, text=text, by=self.case.people[role])

    def resolve(self, query: Query, resolution: str, text: str = "") -> Query:
        """The end of it, by the researcher."""
        with staff_scope():
            return resolve_query(query, resolution=resolution, text=text, by=self.researcher)

    def correct(self, question: str, typed: str, reason: str = "Verkeerd overgenomen.", status: int = 0) -> Correction:
        """A correction by the coordinator."""
        person = self.case.people["coordinator"]
        with participant_scope(self.case.mine.pk, person.pk):
            typing = Typing(question, typed, status)
            return correct_answer(self.reload(), typing, reason=reason, by=person, language="nl")

    def round_to(self, *actions: str) -> Round:
        """Steps of the round, by the system."""
        with staff_scope():
            for action in actions:
                advance_round(self.case.open.pk, action, by=None)
            self.case.open.refresh_from_db()
        return self.case.open


def validating_case() -> ValidatingCase:
    """Make it, through services."""
    case = build_case()
    case.fill_all()
    person = case.people["coordinator"]
    with participant_scope(case.mine.pk, person.pk):
        submission = submit_submission(case.submission(), by=person, language="nl")
    with staff_scope():
        researcher, publisher = (
            User.objects.create_user(f"{role}@foundation.example", None, name=role.title(), foundation_role=role)
            for role in (FoundationRole.RESEARCHER, FoundationRole.PUBLISHER)
        )
    return ValidatingCase(case, researcher, publisher, submission)
