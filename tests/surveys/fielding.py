"""A small questionnaire with every kind of thing that import and freeze must know, and a round of it.

alpha, beta   group G (one contributor)   sector public / private
gamma         no group                    sector unknown
"""

from pathlib import Path

from portal.models import Organisation, User
from portal.roles import FoundationRole
from portal.tenancy import staff_scope
from surveys.importers.report import ImportReport
from surveys.importers.submissions import ImportFiles, import_submissions
from surveys.models import Round
from surveys.services.organisations import OrganisationRow, save_organisations
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import advance_round, create_round

INSTRUMENTS = Path(__file__).resolve().parents[2] / "surveys" / "instruments"
QUESTIONNAIRE = """\
questionnaire: field
version: "1"
title: {nl: Veld, en: Field}
reference_period: month
dimensions:
  - code: sector
    label: {nl: Sector, en: Sector}
    options:
      - {code: private, label: {nl: Privaat, en: Private}}
      - {code: public, label: {nl: Publiek, en: Public sector}}
  - {code: region, label: {nl: Regio, en: Region}, open: true}
import:
  organisation: code
  period: month
  group: holding
  unattributed: [Unassigned]
  ignore: [remarks]
sections:
  - code: work
    title: {nl: Werk, en: Work}
    questions:
      - {code: calls, type: number, required: true, decimals: 0, hard: {min: 0}, soft: {max: 1000}, soft_change: 0.5,
         text: {nl: Gesprekken, en: Calls}}
      - {code: answered, type: number, decimals: 0, hard: {min: 0}, text: {nl: Beantwoord, en: Answered}}
      - {code: rate, type: percentage, text: {nl: Deel, en: Rate}}
      - {code: outsources, type: yes_no, text: {nl: Besteedt u uit?, en: Do you outsource?}}
      - code: reason
        type: single_choice
        ask_if: "outsources == 'yes'"
        text: {nl: Waarom, en: Why}
        options:
          - {code: cost, label: {nl: Kosten, en: Cost}}
          - {code: time, label: {nl: Tijd, en: Time}}
      - code: mix
        type: percentage_set
        total: 100
        text: {nl: Kanalen, en: Channels}
        parts:
          - {code: phone, label: {nl: Telefoon, en: Phone}}
          - {code: mail, label: {nl: E-mail, en: E-mail}}
      - code: tools
        type: multiple_choice
        text: {nl: Middelen, en: Tools}
        options:
          - {code: chat, label: {nl: Chat, en: Chat}}
          - {code: bot, label: {nl: Bot, en: Bot}}
      - {code: note, type: text, text: {nl: Opmerking, en: Note}}
checks:
  - code: answered_within_calls
    kind: hard
    expression: "answered <= calls"
    message: {nl: Te veel beantwoord., en: More answered than came in.}
"""


def staff_member(role: FoundationRole, email: str = "") -> User:
    """Somebody who works for the foundation."""
    with staff_scope():
        return User.objects.create_user(email or f"{role}@foundation.example", "a long password", foundation_role=role)


def field_round(code: str = "field-01", period: str = "2026-01") -> Round:
    """A draft round of the questionnaire, with its three organisations."""
    with staff_scope():
        version = load_questionnaire_file(QUESTIONNAIRE, "field.yaml", by=None).version
        assert version is not None
        save_organisations(
            [
                OrganisationRow("alpha", "Alpha", "G", {"sector": "public", "region": "north"}),
                OrganisationRow("beta", "Beta", "G", {"sector": "private", "region": "east"}),
                OrganisationRow("gamma", "Gamma", "", {}),
            ],
            by=None,
        )
        return create_round(
            code=code, title_nl="Veld", title_en="Field", version=version, reference_period=period, by=None
        )


def bring(
    current: Round, text: str | bytes, *, dry_run: bool = False, by: User | None = None, **options: object
) -> ImportReport:
    """Import a file given as text."""
    data = text.encode() if isinstance(text, str) else text
    organisations = options.pop("organisations", None)
    if isinstance(organisations, str):
        options |= {"organisations": organisations.encode(), "organisations_name": "o.csv"}
    files = ImportFiles(data, "answers.csv", **options)  # type: ignore[arg-type]
    with staff_scope():
        return import_submissions(current.pk, files, by=by, dry_run=dry_run)


def to_state(current: Round, *actions: str) -> None:
    """Carry out plain steps."""
    with staff_scope():
        for action in actions:
            advance_round(current.pk, action, by=None)


def organisation(code: str) -> Organisation:
    """One organisation."""
    with staff_scope():
        return Organisation.objects.get(code=code)
