"""A small world made through services only: two competitors, an outsider, the foundation, one finished round.

    Foundation ── researcher · publisher · administrator
        │
        │ questionnaire “world” 2025 and 2026, three indicators: handle time · satisfaction · who owns the chain
        │
        ├── world-2025   published, edition 1, eighteen organisations
        └── world-2026   open
                │
    ┌───────────┴───────────┬──────────────────────────────┐
    A  “Alfa”               B  “Bravo”                      sixteen others
    │  coordinator          │  coordinator                  without people
    │  contributor          │
    │  viewer               │
    │  2025: submitted      │  2025: submitted, and in
    │  2026: begun          │  2026 begun, every number a canary
    │
    outsider: has an account, belongs to nobody          both: viewer of A and of B

`world.person("coordinator of A")` and so on; a role is a key of `world.people`. Numbers and texts of B that must never
reach anybody else are in `canaries()`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from celery import current_app

from benchmark.services.indicators import store_indicators
from benchmark.services.releasing import publish_release, review_release
from portal.models import ApiKey, Job, Organisation, User
from portal.roles import FoundationRole, MemberRole
from portal.services.api_keys import issue_api_key
from portal.services.jobs import start_job
from portal.services.people import add_member, create_user
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Query, QuestionnaireVersion, Round, Submission
from surveys.questionnaire import parse_answer
from surveys.services.answers import Typing, save_answers, start_submission
from surveys.services.imports import ImportedAnswer, ImportedSubmission, hold_round_for_import, store_submissions
from surveys.services.organisations import OrganisationRow, save_organisations
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import advance_round, create_round, start_round_job
from tests.benchmark.kept_work import kept_work

QUESTIONNAIRE = """\
questionnaire: world
version: "{year}"
title: {{nl: Kleine wereld {year}, en: Small world {year}}}
dimensions:
  - code: sector
    label: {{nl: Sector, en: Sector}}
    options:
      - {{code: public, label: {{nl: Publieke sector, en: Public sector}}}}
      - {{code: private, label: {{nl: Private sector, en: Private sector}}}}
sections:
  - code: work
    title: {{nl: Werk, en: Work}}
    questions:
      - {{code: calls, type: number, required: true, text: {{nl: Gesprekken, en: Calls}},
          unit: {{nl: gesprekken, en: calls}}, decimals: 0, hard: {{min: 1}}, soft: {{max: 900000}}}}
      - {{code: talk, type: number, text: {{nl: Gesprekstijd, en: Talk time}}, unit: {{nl: seconden, en: seconds}},
          decimals: 0, hard: {{min: 0}}}}
  - code: chain
    title: {{nl: Keten, en: Chain}}
    questions:
      - {{code: satisfaction, type: number, text: {{nl: Tevredenheid, en: Satisfaction}}, decimals: 2,
          hard: {{min: 1, max: 10}}}}
      - code: owner
        type: single_choice
        required: true
        text: {{nl: Wie is verantwoordelijk voor de keten?, en: Who owns the chain?}}
        options:
          - {{code: ours, label: {{nl: Wij, en: We do}}}}
          - {{code: theirs, label: {{nl: Anderen, en: Others}}}}
      - {{code: remark, type: text, text: {{nl: Opmerking, en: Remark}}}}
"""

INDICATORS = """\
indicators: world
version: "{year}"
questionnaire: world
items:
  - {{code: aht, theme: work, name: {{nl: Afhandeltijd, en: Handle time}}, kind: ratio, numerator: talk,
      denominator: calls, unit: s, direction: lower, definition: {{nl: Seconden per gesprek., en: Seconds per call.}}}}
  - {{code: satisfaction, theme: chain, name: {{nl: Tevredenheid, en: Satisfaction}}, kind: value,
      question: satisfaction, unit: score, decimals: 1, direction: higher, headline: mean, scale_type: bounded,
      range: {{min: 1, max: 10}}, definition: {{nl: Een cijfer., en: A score.}}}}
  - {{code: owner, theme: chain, name: {{nl: Van wie de keten is, en: Who owns the chain}}, kind: share,
      question: owner, unit: "%", direction: neutral, definition: {{nl: Een keuze., en: A choice.}}}}
"""

OTHERS = 16
Typed = dict[str, str]
ALFA: Typed = {
    "calls": "52000",
    "talk": "15600000",
    "satisfaction": "7,61",
    "owner": "ours",
    "remark": "alfa schreef dit",
}
BRAVO: dict[int, Typed] = {
    2025: {
        "calls": "48731",
        "talk": "15349867",
        "satisfaction": "7,43",
        "owner": "theirs",
        "remark": "kanarie-bravo-vijfentwintig",
    },
    2026: {"calls": "50929", "talk": "16042637", "satisfaction": "7,39", "remark": "kanarie-bravo-zesentwintig"},
}


def canaries() -> tuple[str, ...]:
    """Texts that occur in B's answers and nowhere else, as any channel might write them."""
    found = []
    for typed in BRAVO.values():
        for code in ("calls", "talk"):
            number = int(typed[code])
            found += [str(number), f"{number:,}", f"{number:,}".replace(",", ".")]
        found += [typed["remark"]]
        found += [text for score in [typed["satisfaction"]] for text in (score, score.replace(",", "."))]
    return (*found, "315,0", "314.99")  # and B's own handle time, in seconds


def canaries_in(shown: bytes) -> list[str]:
    """The canaries that these bytes show as a text or number of their own: digits inside a longer number, the fraction
    of a second or a random token are none.
    """
    text = shown.decode("utf-8", errors="replace")
    return [one for one in canaries() if re.search(rf"(?<![\w.,:]){re.escape(one)}(?![A-Za-z_])", text)]


@dataclass
class World:
    """What was made; `people` by role."""

    a: Organisation
    b: Organisation
    finished: Round
    open: Round
    people: dict[str, User]
    jobs: dict[str, Job] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)  # by A and B, for tests that make them
    keys: dict[str, ApiKey] = field(default_factory=dict)  # of A and B; what a client sends is in `key_texts`
    key_texts: dict[str, str] = field(default_factory=dict)
    invitations: dict[str, Any] = field(default_factory=dict)  # by A and B, and "token" of A's, for tests that invite
    reports: dict[str, Any] = field(default_factory=dict)  # by A and B, for tests that make them
    uploads: dict[str, Any] = field(default_factory=dict)  # by A and B, for tests that send files

    def person(self, role: str) -> User:
        """The person with a role such as `coordinator of A` or `publisher`; KeyError when there is none."""
        return self.people[role]


MEMBERS = {
    "viewer of A": (("a", MemberRole.VIEWER),),
    "contributor of A": (("a", MemberRole.CONTRIBUTOR),),
    "coordinator of A": (("a", MemberRole.COORDINATOR),),
    "coordinator of B": (("b", MemberRole.COORDINATOR),),
    "both": (("a", MemberRole.VIEWER), ("b", MemberRole.VIEWER)),
    "outsider": (),
}


def build_world() -> World:
    """Make it all, in the caller's transaction if there is one; takes about a second."""
    with staff_scope():
        organisations = _organisations()
        people = _people(organisations)
        for year in (2025, 2026):
            load_questionnaire_file(QUESTIONNAIRE.format(year=year), f"world-{year}.yaml", by=people["researcher"])
            store_indicators(INDICATORS.format(year=year), by=people["researcher"])
        finished, under_way = (_round(year, people["researcher"]) for year in (2025, 2026))
    world = World(organisations["a"], organisations["b"], finished, under_way, people)
    _finish(world, organisations)
    _begin(world)
    return world


def _organisations() -> dict[str, Organisation]:
    names = {"a": "Alfa", "b": "Bravo"} | {f"other-{i}": f"Organisatie {i}" for i in range(OTHERS)}
    rows = [
        OrganisationRow(code, name, "", {"sector": ("public", "private")[i % 3 == 2]})
        for i, (code, name) in enumerate(names.items())
    ]
    save_organisations(rows, by=None, is_invented=True)
    return {one.code: one for one in Organisation.objects.filter(code__in=names)}


def _people(organisations: dict[str, Organisation]) -> dict[str, User]:
    people = {}
    for role in FoundationRole:
        people[str(role)] = create_user(email=f"{role}@world.invalid", name=role.title(), foundation_role=role, by=None)
    for name, memberships in MEMBERS.items():
        email = f"{name.replace(' of ', '-').lower()}@world.invalid"
        people[name] = create_user(email=email, name=name, by=people["administrator"])
        for code, member_role in memberships:
            add_member(organisations[code], people[name], role=member_role, by=people["administrator"])
    return people


def _round(year: int, by: User) -> Round:
    return create_round(
        code=f"world-{year}",
        title_nl=f"Wereldronde {year}",
        title_en=f"World round {year}",
        version=QuestionnaireVersion.objects.get(questionnaire__code="world", version=str(year)),
        reference_period=str(year),
        is_invented=True,
        by=by,
    )


def _finish(world: World, organisations: dict[str, Organisation]) -> None:
    researcher, pk = world.person("researcher"), world.finished.pk
    with staff_scope():
        file = hold_round_for_import(pk).version.file
        submissions = [
            ImportedSubmission(
                organisations[code].pk,
                tuple(ImportedAnswer(c, t, parse_answer(file.question(c), t, "nl")) for c, t in typed.items()),
            )
            for code, typed in _typed_by_organisation()
        ]
        store_submissions(world.finished, submissions, [question.code for question in file.questions], by=researcher)
        advance_round(pk, "open", by=researcher)
        advance_round(pk, "close", by=researcher)
    run_job(pk, "freeze", by=researcher)
    with kept_work(pk, world.finished.edition):
        run_job(pk, "compute", by=researcher)
    with staff_scope():
        review_release(pk, by=researcher)
        publish_release(pk, by=world.person("publisher"))
        world.finished.refresh_from_db()


def run_job(round_id: int, action: str, *, by: User) -> None:
    """Freeze or compute a round here and now, as a worker would."""
    with staff_scope():
        job = start_round_job(round_id, action, by=by)
    current_app.loader.import_default_modules()
    current_app.tasks[job.task](job.pk)
    with staff_scope():
        job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error


def _typed_by_organisation() -> Iterator[tuple[str, Typed]]:
    yield "a", ALFA
    yield "b", BRAVO[2025]
    for i in range(OTHERS):
        calls = 30_000 + 3_000 * i
        talk, score = calls * (270 + 7 * i), 6.5 + 0.15 * i
        owner = "ours" if i % 2 else "theirs"
        yield f"other-{i}", {
            "calls": str(calls), "talk": str(talk), "satisfaction": f"{score:.1f}", "owner": owner, "remark": f"nr {i}",
        }  # fmt: skip


def _begin(world: World) -> None:
    """Open the second round; A and B begin to answer, and each has a job of its own."""
    with staff_scope():
        advance_round(world.open.pk, "open", by=world.person("researcher"))
        world.open.refresh_from_db()
        for name, organisation in (("A", world.a), ("B", world.b)):
            world.keys[name], world.key_texts[name] = issue_api_key(
                f"machine of {name}", days=30, by=None, organisation=organisation, scopes=list(ApiKey.Scope)
            )
        world.jobs["staff"] = start_job("test.nothing", key="staff", title="Werk van de stichting", by=None)
    for name, organisation, typed in (("A", world.a, ALFA), ("B", world.b, BRAVO[2026])):
        person = world.person(f"coordinator of {name}")
        with participant_scope(organisation.pk, person.pk):
            submission: Submission = start_submission(organisation, world.open, by=person)
            given = [code for code in ("calls", "talk", "satisfaction", "remark") if code in typed]
            save_answers(submission, [Typing(code, typed[code]) for code in given], by=person, language="nl")
        with staff_scope():  # participants start no work that has no name
            arguments: dict[str, Any] = {"organisation": organisation.pk}
            world.jobs[name] = start_job(
                "test.nothing", key=f"job-{name}", title=f"Werk van {name}", by=person, arguments=arguments,
                organisation=organisation,
            )  # fmt: skip
