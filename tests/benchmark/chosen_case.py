"""A published round with a declared union and chosen groups, and who reads it.

    sector      public 55 · semi 30 · private 25 · other 10      union: semi or private ("Semi and private")
    size_band   small · middle · large
    org-0       the reader's organisation: public, small, and the only one with people

The figures are protected together, without witnesses for quantiles (they take long, and are not what is tested here).
"""

from typing import Any

import numpy as np
from django.db.models.functions import Now
from django.test import Client

from benchmark.models import IndicatorSet, Release, ReleasedDocument
from benchmark.services.indicators import columns_of, options_of, store_indicators
from benchmark.stats.blocks import NO_BLOCKS, partition
from benchmark.stats.disclosure import Policy
from benchmark.stats.disclosure.publisher import protect_family
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.release import ReleaseMeta, content_hash, document_hash, release_document
from benchmark.stats.tables import compute_table
from portal.models import Organisation
from portal.roles import MemberRole
from portal.services.people import add_member, create_user
from portal.tenancy import staff_scope, worker_scope
from surveys.models import Edition, Round
from surveys.questionnaire import parse_answer
from surveys.services.freezing import FrozenInputs, read_inputs
from surveys.services.imports import ImportedAnswer, ImportedSubmission, hold_round_for_import, store_submissions
from surveys.services.organisations import OrganisationRow, save_organisations
from surveys.services.peer_groups import declare_union, declared_unions, offer_free_groups
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import create_round
from tests.benchmark.frozen import INDICATORS, QUESTIONNAIRE
from tests.sign_in import sign_in

SECTORS = {"public": 55, "semi": 30, "private": 25, "other": 10}
SIZES = ("small", "middle", "large")
MORE = """\
      - {code: semi, label: {nl: Semipubliek, en: Semi-public}}
      - {code: other, label: {nl: Overig, en: Other}}
"""


def publish_chosen_round(*, offers: bool = True, code: str = "small-2025") -> Round:
    """Make it all; the round with its newest state."""
    text = QUESTIONNAIRE.format(version="2025").replace("  - code: size_band", f"{MORE}  - code: size_band")
    with staff_scope():
        version = load_questionnaire_file(text, "small.yaml", by=None).version
        assert version is not None
        indicators = store_indicators(INDICATORS.format(version="2025", relation="same"), by=None)[0]
        made = create_round(
            code=code, title_nl="Klein", title_en="Small", version=version, reference_period="2025", by=None
        )
        union = {"label_nl": "Semi en privaat", "label_en": "Semi and private"}
        declare_union(made.pk, dimension="sector", categories=["private", "semi"], by=None, **union)
        offer_free_groups(made.pk, offered=offers, by=None)
        _answer(made)
    with worker_scope():
        release = _release(made, indicators)
    with staff_scope():
        Release.objects.filter(pk=release.pk).update(state="published", published_at=Now())
        Round.objects.filter(pk=made.pk).update(state=Round.State.PUBLISHED)
        made.refresh_from_db()
    return made


def _release(made: Round, indicators: IndicatorSet) -> Release:
    """Freeze, protect and store, as one worker."""
    inputs = read_inputs(made.pk)
    frozen = Edition.objects.create(
        round=made,
        number=1,
        panel=inputs.panel.to_bytes(),
        organisations=len(inputs.panel),
        content_hash=inputs.content_hash(),
    )
    made.refresh_from_db()
    documents = _documents(made, inputs, indicators.file.items)
    release = Release.objects.create(
        round=made,
        edition=1,
        inputs=frozen,
        indicators=indicators,
        content_hash=content_hash(documents),
        manifest={"inputs": {"organisations": len(inputs.panel)}},
    )
    for position, (kpi, body) in enumerate(documents.items()):
        ReleasedDocument.objects.create(
            release=release, kpi=kpi, position=position, body=body, content_hash=document_hash(body)
        )
    return release


def reader() -> Client:
    """Somebody of org-0, signed in."""
    with staff_scope():
        person = create_user(email="reader@small.invalid", name="Reader", by=None)
        add_member(Organisation.objects.get(code="org-0"), person, role=MemberRole.VIEWER, by=None)
    client = Client()
    sign_in(client, person)
    return client


def _answer(current: Round) -> None:
    random, sectors = np.random.default_rng(3), [code for code, count in SECTORS.items() for _ in range(count)]
    rows = [
        OrganisationRow(f"org-{i}", f"Organisation {i}", "", {"sector": sector, "size_band": SIZES[i % 3]})
        for i, sector in enumerate(sectors)
    ]
    save_organisations(rows, by=None, is_invented=True)
    known = {one.code: one.pk for one in Organisation.objects.filter(code__startswith="org-")}
    file = hold_round_for_import(current.pk).version.file
    submissions = []
    for i in range(len(sectors)):
        calls = int(random.integers(20_000, 60_000))
        typed = {
            "calls": str(calls),
            "talk": str(int(calls * random.normal(300, 40))),
            "satisfaction": f"{random.normal(7, 0.7):.1f}",
            "owner": ("yes", "no")[int(random.integers(2))],
        }
        if i % 11 == 5:
            del typed["satisfaction"]
        answers = tuple(ImportedAnswer(c, t, parse_answer(file.question(c), t, "en")) for c, t in typed.items())
        submissions.append(ImportedSubmission(known[f"org-{i}"], answers))
    store_submissions(current, submissions, [question.code for question in file.questions], by=None)


def _documents(current: Round, inputs: FrozenInputs, items: Any) -> dict[str, bytes]:
    offers, file = current.offers_free_groups, current.version.file
    blocks = partition(inputs.panel, size=5, salt="small") if offers else NO_BLOCKS
    groups = lattice(inputs.panel, unions=declared_unions(current), blocks=blocks.groups)
    tables = []
    for item in items:
        columns = {spec.code: inputs.columns[spec.code] for spec in columns_of(item, file)}
        values = kpi_values(item, columns, {}, options_of(item, file))
        tables.append(compute_table(item, values, inputs.panel, groups))
    by_code = {item.code: item for item in items}
    protected = protect_family(tables, by_code, Policy(), certified=False)
    meta = ReleaseMeta(current.code, 1, "small", "2025", "2025")
    return {code: release_document(protected[code], by_code[code], meta, blocks=blocks.facts) for code in by_code}
