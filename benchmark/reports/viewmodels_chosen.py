"""A chosen peer group in words and figures, for the participant's page. Texts in the active language."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from benchmark.reports.viewmodels import GroupView, OwnView
from benchmark.reports.viewmodels_groups import Subject, group_view
from benchmark.reports.viewmodels_words import count_text, direction_text, figure_format, organisations_text, own_view
from benchmark.selectors.chosen_groups import ChosenRelease, label_choice
from benchmark.selectors.own_values import OwnValues
from benchmark.selectors.releases import ReleaseView, label_peer_group
from benchmark.stats.chosen import ChoiceError, ChosenGroup
from benchmark.stats.disclosure.rounding import half_step


@dataclass(frozen=True)
class ChosenRow:
    """One indicator: own value, size of the group, mean and middle (text, or "" with `reason`), what to make of it."""

    code: str
    name: str
    own: OwnView
    n: str
    mean: str
    median: str
    reason: str
    notes: tuple[str, ...]
    standing: str


@dataclass(frozen=True)
class FixedRow:
    """One indicator of a fixed peer group: all its figures."""

    code: str
    name: str
    own: OwnView
    group: GroupView


@dataclass(frozen=True)
class ChosenView:
    """The answer. `fixed`: rows of the peer group that it is; else `rows` of blocks, with `about` and `others` (names
    of the groups that come along). `shares`: how many indicators have shares, which blocks do not."""

    label: str
    about: tuple[str, ...]
    others: tuple[str, ...]
    fixed: tuple[FixedRow, ...]
    rows: tuple[ChosenRow, ...]
    shares: int


def chosen_view(view: ReleaseView, found: ChosenRelease, own: OwnValues, language: str) -> ChosenView:
    """The page of one choice."""
    label = label_choice(view, found.choice, language)
    subjects = [
        Subject(view, table, view.indicators.item(code), language, own.get(code) if own.took_part else None)
        for code, table in view.tables.items()
    ]
    if found.group:
        fixed = tuple(
            FixedRow(one.indicator.code, one.name, _own(one), group_view(one, found.group)) for one in subjects
        )
        return ChosenView(
            label, (_("This is one of the fixed peer groups, so all its figures are shown."),), (), fixed, (), 0
        )
    rows = tuple(_row(one, found.figures[one.table.kpi]) for one in subjects if one.table.kpi in found.figures)
    others = tuple(label_peer_group(key, view.questionnaire, language, view.round.unions) for key in found.plan.others)
    return ChosenView(label, _about(found), others, (), rows, len(subjects) - len(rows))


def problem_text(error: ChoiceError, view: ReleaseView, language: str) -> str:
    """What is wrong with a filter, in words that help on."""
    names = {one.code: one.label.text(language) for one in view.questionnaire.dimensions}
    return {
        "unreadable": _("This address holds something that is no choice (%(part)s). Choose below."),
        "unknown": _("This round has no category %(part)s. Choose below."),
        "too_many": _("This address holds too many conditions. Choose below."),
        "no_blocks": _("This round has fixed peer groups only. Choose one category, or one of each of two properties."),
        "no_strata": _(
            "In this round groups can be put together by other properties than %(part)s. Choose one category of it,"
            " alone or together with one of another property."
        ),
    }[error.problem] % {"part": names.get(error.part, error.part[:60])}


def _about(found: ChosenRelease) -> tuple[str, ...]:
    """How the choice was answered, and why not to the letter."""
    words = {
        "organisations": organisations_text(found.plan.organisations, None),
        "blocks": count_text(len(found.plan.blocks)),
    }
    sentences = [
        _("Answered with the smallest set of blocks that holds all you chose:")
        + " "
        + _("%(blocks)s blocks with %(organisations)s.") % words
    ]
    if found.plan.others:
        sentences.append(_("So these come along, although you did not choose them:"))
    return tuple(sentences)


def _own(subject: Subject) -> OwnView:
    return own_view(subject.own, subject.indicator, subject.write, subject.option_labels() if subject.is_share else {})


def _row(subject: Subject, found: ChosenGroup) -> ChosenRow:
    digits, few = int(subject.table.policy["digits"]), int(subject.table.policy["quantile_digits"])
    mean, median = (
        "" if value is None else figure_format(subject.indicator, subject.language, places)(value)
        for value, places in ((found.mean, digits), (found.median, few))
    )
    reason = _("Too few blocks of this choice have a figure.") if found.mean is None and found.median is None else ""
    return ChosenRow(
        subject.indicator.code,
        subject.name,
        _own(subject),
        _size(found),
        mean,
        median,
        reason,
        _notes(found),
        _standing(subject, found),
    )


def _size(found: ChosenGroup) -> str:
    if not found.n:
        return ""
    if found.asked is None or found.asked == found.n:
        return count_text(found.n)
    return _("%(n)s instead of %(asked)s") % {"n": count_text(found.n), "asked": count_text(found.asked)}


def _notes(found: ChosenGroup) -> tuple[str, ...]:
    """What is missing from the figures."""
    notes = []
    left = len(found.left_out)
    if left and found.used:
        notes.append(
            ngettext(
                "Without %(left)s block, whose figure is not shown to protect the participants.",
                "Without %(left)s blocks, whose figures are not shown to protect the participants.",
                left,
            )
            % {"left": count_text(left)}
        )
    if found.median is not None and found.median_n < found.n:
        notes.append(_("The median is that of %(n)s organisations.") % {"n": count_text(found.median_n)})
    return tuple(notes)


def _standing(subject: Subject, found: ChosenGroup) -> str:
    """The own value against the mean: higher, lower, or not to be told apart; and which side is good. No rank."""
    own = subject.own_number
    if own is None or found.mean is None:
        return ""
    if abs(own - found.mean) <= half_step(found.mean, int(subject.table.policy["digits"])) * (1 + 1e-9):
        return _("Equal to the mean, as far as the rounded figure tells.")
    said = _("Higher than the mean.") if own > found.mean else _("Lower than the mean.")
    return f"{said} {direction_text(subject.indicator.direction)}"
