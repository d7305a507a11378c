"""Loading reviewed indicator files into versions, and finding the set that a round is computed with."""

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from benchmark.models import IndicatorSet
from benchmark.stats.indicators import Indicator, IndicatorErrors, IndicatorFile, load_indicators
from portal.errors import NotPossibleNow
from portal.models import User
from portal.services.audit import record
from surveys.models import QuestionnaireVersion, Round
from surveys.questionnaire import ColumnSpec, Problem, QuestionnaireFile, parse_expression, read_located
from surveys.services.questionnaires import content_of

WANTED_KINDS = {"ratio": ("number",), "value": ("number",), "share": ("choice", "flag")}


def check_indicators(text: str, *, source: str) -> tuple[IndicatorFile, QuestionnaireVersion]:
    """The file, proven to fit its questionnaire: the version with its label, else the newest.

    Raises IndicatorErrors with every problem and its line.
    """
    text = content_of(text)
    file = load_indicators(text, source=source)
    versions = QuestionnaireVersion.objects.filter(questionnaire__code=file.questionnaire).order_by("-loaded_at", "-pk")
    version = versions.filter(version=file.version).first() or versions.first()
    located = read_located(text)
    if version is None:
        message = f"there is no questionnaire `{file.questionnaire}`: load it first with load_questionnaire"
        raise IndicatorErrors([located.problem(("questionnaire",), message)], source)
    problems: list[Problem] = []
    for number, item in enumerate(file.items):
        for key, message in _misfits(item, version.file):
            problems.append(located.problem(("items", number, key), message))
    if problems:
        raise IndicatorErrors(problems, source)
    return file, version


@transaction.atomic
def store_indicators(text: str, *, by: User | None, source: str = "indicators") -> tuple[IndicatorSet, bool]:
    """Store a file as a version that never changes; returns it and whether it is new.

    The same file again changes nothing. Raises IndicatorErrors for problems in the file, NotPossibleNow when the
    version exists with other content.
    """
    file, version = check_indicators(text, source=source)
    text = content_of(text)
    content_hash = hashlib.sha256(text.encode("utf-8")).hexdigest()
    stored = IndicatorSet.objects.filter(questionnaire=version.questionnaire, version=file.version).first()
    if stored is not None:
        if stored.content_hash == content_hash:
            return stored, False
        raise NotPossibleNow(
            _("Version “%(version)s” is stored already and a version never changes: give the file a new version.")
            % {"version": file.version}
        )
    stored = IndicatorSet.objects.create(
        questionnaire=version.questionnaire, version=file.version, source=text, content_hash=content_hash
    )
    record("indicators.loaded", subject=stored, by=by, version=file.version, content_hash=content_hash)
    return stored, True


def indicator_set_for(current: Round) -> IndicatorSet:
    """The set that a round is computed with: its questionnaire version's own, else the newest; or NotPossibleNow."""
    sets = IndicatorSet.objects.filter(questionnaire_id=current.version.questionnaire_id).order_by("-loaded_at", "-pk")
    found = sets.filter(version=current.version.version).first() or sets.first()
    if found is None:
        raise NotPossibleNow(
            _("There are no indicators for the questionnaire “%(questionnaire)s” yet: load them with load_indicators.")
            % {"questionnaire": current.version.questionnaire.code}
        )
    return found


def inputs_missed(questionnaire: QuestionnaireFile) -> list[tuple[str, str]]:
    """(indicator, what it misses) where a questionnaire would leave the indicators that it is read with without inputs.

    Those are the set with its own version label, else the newest; a set that is loaded later is checked by itself.
    """
    sets = IndicatorSet.objects.filter(questionnaire__code=questionnaire.questionnaire).order_by("-loaded_at", "-pk")
    found = sets.filter(version=questionnaire.version).first() or sets.first()
    if found is None:
        return []
    misfits = ((item, _misfits(item, questionnaire)) for item in load_indicators(found.source).items)
    return [
        (item.code, f"indicator {item.code} ({found.version}): " + "; ".join(message for _key, message in wrong))
        for item, wrong in misfits
        if wrong
    ]


def columns_of(indicator: Indicator, questionnaire: QuestionnaireFile) -> tuple[ColumnSpec, ...]:
    """The columns that the indicator reads; those of all options for a multiple choice. Unknown ones are left out."""
    wanted = set(indicator.columns)
    multiple = {indicator.question} if indicator.kind == "share" else set()
    return tuple(spec for spec in questionnaire.columns() if spec.code in wanted or spec.question in multiple)


def options_of(indicator: Indicator, questionnaire: QuestionnaireFile) -> tuple[str, ...]:
    """Codes of the options that a share is divided over, in the order of the questionnaire; () for other kinds."""
    if indicator.kind != "share":
        return ()
    specs = columns_of(indicator, questionnaire)
    flags = tuple(spec.part for spec in specs if spec.kind == "flag" and spec.part is not None)
    return flags or next((spec.options for spec in specs if spec.kind == "choice"), ())


def _misfits(indicator: Indicator, questionnaire: QuestionnaireFile) -> list[tuple[str, str]]:
    """(key of the item, what is wrong) where the indicator does not fit the questionnaire."""
    label = f"questionnaire {questionnaire.questionnaire} {questionnaire.version}"
    found: list[tuple[str, str]] = []
    if indicator.theme not in {section.code for section in questionnaire.sections}:
        found.append(("theme", f"{label} has no section `{indicator.theme}`"))
    specs = {spec.code: spec for spec in columns_of(indicator, questionnaire)}
    if indicator.kind == "share":
        if not specs:
            found.append(("question", f"{label} has no question `{indicator.question}`"))
        names: tuple[str, ...] = tuple(specs)
    else:
        names = indicator.columns
    for name in names:
        key = "question" if indicator.question else _side(indicator, name)
        if name not in specs:
            found.append((key, f"{label} has no column `{name}`"))
        elif specs[name].kind not in WANTED_KINDS[indicator.kind]:
            found.append((key, f"`{name}` is a {specs[name].kind} column, which kind {indicator.kind} cannot use"))
    return found


def _side(indicator: Indicator, name: str) -> str:
    """Which of the two expressions names the column."""
    return "numerator" if name in parse_expression(indicator.numerator or "").names else "denominator"
