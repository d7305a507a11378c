"""What the checks found, in a plain sentence with the figures that prove it. For staff only: peers' figures are raw."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.models import Organisation
from surveys.models import CheckFinding, Round, Submission
from surveys.questionnaire import Answers, Question, QuestionnaireFile, format_number, percent_changed, piped
from surveys.questionnaire.messages import Times
from surveys.selectors.measured import AMOUNTS

COMPUTED = frozenset({"median", "low", "high", "unslipped"})  # from answers, with more digits than anybody typed


@dataclass(frozen=True)
class FindingView:
    """One finding for the page. `figures`: label and value, as they prove the sentence."""

    finding: CheckFinding
    question: str
    kind: str
    sentence: str
    figures: tuple[tuple[str, str], ...]
    is_open: bool


def findings_of(submission: Submission) -> QuerySet[CheckFinding]:
    """Everything found in a submission, the most unusual first."""
    return CheckFinding.objects.filter(submission=submission).select_related("query", "dismissed_by")


def findings_in(current: Round, *, kind: str = "", seen: bool = False) -> QuerySet[CheckFinding]:
    """What was found in a round, the most unusual first; `seen`: also what was looked at, or asked about."""
    rows = CheckFinding.objects.filter(submission__round=current).select_related("organisation", "submission")
    if kind:
        rows = rows.filter(kind=kind)
    return rows if seen else rows.filter(dismissed_at=None, query=None)


class FindingTexts:
    """Writes findings of one questionnaire in one language; reads the names of other organisations once.

    `values`: the answers that stand in texts, where all findings are of one organisation.
    """

    def __init__(self, file: QuestionnaireFile, language: str, values: Answers | None = None) -> None:
        self.file, self.language, self.values = file, language, values or {}
        self._columns = {one.code: one for one in file.columns()}
        self._names: dict[int, str] = {}

    def view(self, finding: CheckFinding) -> FindingView:
        """One finding in words."""
        kind = CheckFinding.Kind(finding.kind)
        writer = {
            CheckFinding.Kind.UNIT: self._unit,
            CheckFinding.Kind.HISTORY: self._history,
            CheckFinding.Kind.SIZE: self._size,
            CheckFinding.Kind.PEERS: self._peers,
            CheckFinding.Kind.CONSISTENCY: self._consistency,
            CheckFinding.Kind.DUPLICATE: self._duplicate,
        }[kind]
        sentence, figures = writer(finding)
        open_now = finding.dismissed_at is None and finding.query_id is None
        return FindingView(finding, finding.question, str(kind.label), sentence, tuple(figures), open_now)

    def label(self, column: str) -> str:
        """The question's text, with the part or cell of it."""
        spec = self._columns.get(column)
        if spec is None:
            return column
        question = self.file.question(spec.question)
        part = column.removeprefix(spec.question).lstrip(".")
        names = {one.code: one.label.text(self.language) for one in (*(question.parts or ()), *(question.rows or ()))}
        names |= {one.code: one.label.text(self.language) for one in question.columns or ()}
        parts = ", ".join(names.get(code, code) for code in part.split(".") if code)
        return self.said(question) + (f" ({parts})" if parts else "")

    def said(self, question: Question) -> str:
        """The question's text with what is known in its places."""
        return piped(question.text, self.file, self.values, self.language)

    def number(self, value: Any, column: str = "") -> str:
        """A figure in the reader's notation, with the unit of its question."""
        if not isinstance(value, (int, float)):
            return str(value)
        spec = self._columns.get(column)
        question = self.file.question(spec.question) if spec else None
        text = format_number(float(f"{value:.6g}") if abs(value) < 1e6 else round(value), None, self.language)
        return f"{text} {_unit_of(question, self.language)}".strip()

    def about(self, value: float, column: str = "") -> str:
        """A figure that was computed, with four digits: more would only seem exact."""
        return self.number(float(f"{value:.4g}"), column)

    def _value(self, finding: CheckFinding, key: str) -> str:
        write = self.about if key in COMPUTED else self.number
        return write(finding.figures[key], finding.column)

    def _facts(self, finding: CheckFinding, *keys: str) -> list[tuple[str, str]]:
        labels = {
            "value": _("Answer"),
            "before": _("Last round"),
            "median": _("Median of all answers"),
            "low": _("Usual from"),
            "high": _("Usual up to"),
            "others": _("Organisations compared, this one among them"),
        }
        found = []
        for key in keys:
            if key in finding.figures:
                shown = str(int(finding.figures[key])) if key == "others" else self._value(finding, key)
                found.append((str(labels[key]), shown))
        return found

    def _unit(self, finding: CheckFinding) -> tuple[str, list[tuple[str, str]]]:
        factor = float(finding.figures["factor"])
        times = format_number(factor if factor > 1 else 1 / factor, 0, self.language)
        words = {"value": self._value(finding, "value"), "times": times, "right": self._value(finding, "unslipped")}
        if "before" in finding.figures:
            words["before"] = self._value(finding, "before")
            many = _("%(value)s is about %(times)s times last round's %(before)s. In another unit: %(right)s?")
            few = _("%(value)s is about 1/%(times)s of last round's %(before)s. In another unit: %(right)s?")
        else:
            many = _("%(value)s lies far above the others, and divided by %(times)s (%(right)s) among them.")
            few = _("%(value)s lies far below the others, and times %(times)s (%(right)s) among them.")
        facts = self._facts(finding, "value", "before", "median", "low", "high", "others")
        return (many if factor > 1 else few) % words, facts

    def _history(self, finding: CheckFinding) -> tuple[str, list[tuple[str, str]]]:
        figures = finding.figures
        now, before = float(figures["value"]), float(figures["before"])
        bounded = self._is_bounded(finding.column)
        words = {"value": self._value(finding, "value"), "before": self._value(finding, "before")}
        if bounded:
            words["size"] = self.about(abs(now - before))
            up, down = (
                _("%(value)s is %(size)s points more than last round's %(before)s."),
                _("%(value)s is %(size)s points less than last round's %(before)s."),
            )
        elif times := Times.of(now, before):
            words["times"] = times.text(self.language)
            up = down = _("%(value)s is %(times)s as last round's %(before)s.")
        else:
            words["size"] = self.number(percent_changed(now / before - 1)) if before else "–"
            up = _("%(value)s is %(size)s %% more than last round's %(before)s.")
            down = _("%(value)s is %(size)s %% less than last round's %(before)s.")
        facts = self._facts(finding, "value", "before")
        if "low" in figures:
            facts.append((str(_("Usual change of all")), self._range(figures, bounded)))
            facts += self._facts(finding, "others")
        return (up if now > before else down) % words, facts

    def _range(self, figures: Mapping[str, Any], bounded: bool) -> str:
        low, high = float(figures["low"]), float(figures["high"])
        if bounded:
            return _("%(low)s to %(high)s points") % {"low": self.about(low), "high": self.about(high)}
        ends = [self.number(round(100 * (end - 1), 1)) for end in (low, high)]
        return _("%(low)s %% to %(high)s %%") % {"low": ends[0], "high": ends[1]}

    def _size(self, finding: CheckFinding) -> tuple[str, list[tuple[str, str]]]:
        figures = finding.figures
        other = str(figures["beside"])
        words = {
            "value": self._value(finding, "value"),
            "other": self.number(figures["other"], other),
            "label": self.label(other),
            "ratio": self.about(figures["ratio"]),
            "median": self.about(figures["median"]),
        }
        sentence = _("%(value)s does not go with %(other)s at “%(label)s”: the ratio is %(ratio)s, mostly %(median)s.")
        facts = self._facts(finding, "value")
        for one in figures.get("partners", [figures]):  # what was found before there were several has one
            facts.append((self.label(str(one["beside"])), self._beside(one)))
        return sentence % words, [*facts, *self._facts(finding, "others")]

    def _beside(self, figures: Mapping[str, Any]) -> str:
        """One column that measures size: what was answered there, the ratio to it, and what that usually is."""
        words = {key: self.about(figures[key]) for key in ("ratio", "low", "high")}
        words["other"] = self.number(figures["other"], str(figures["beside"]))
        return _("%(other)s; ratio %(ratio)s, usually %(low)s to %(high)s") % words

    def _peers(self, finding: CheckFinding) -> tuple[str, list[tuple[str, str]]]:
        far = float(finding.figures["distance"])
        above = _("%(value)s lies far above the median of all answers, %(median)s.")
        below = _("%(value)s lies far below the median of all answers, %(median)s.")
        words = {"value": self._value(finding, "value"), "median": self._value(finding, "median")}
        facts = self._facts(finding, "value", "median", "low", "high", "others")
        facts.append((str(_("Distance from the median, in usual deviations")), format_number(far, 1, self.language)))
        return (above if far > 0 else below) % words, facts

    def _consistency(self, finding: CheckFinding) -> tuple[str, list[tuple[str, str]]]:
        figures = finding.figures
        asked = [code for code in figures.get("questions", ()) if self.file.has_question(code)]
        facts = [(str(_("Question")), self.said(self.file.question(code))) for code in asked]
        if figures.get("reason"):
            facts.append((str(_("Reason given")), str(figures["reason"])))
        return str(figures.get(self.language, figures.get("nl", ""))), facts

    def _duplicate(self, finding: CheckFinding) -> tuple[str, list[tuple[str, str]]]:
        figures = finding.figures
        columns, choices = figures["columns"], figures.get("choices", ())
        words = {
            "n": len(columns),
            "both": figures["both"],
            "part": percent_of(len(columns), figures["both"]),
            "organisation": self._name(int(figures["organisation"])),
        }
        sentences = [
            _(
                "%(n)s of %(both)s exact figures and texts (%(part)s %%) are the same as at %(organisation)s, and"
                " hardly anybody else has them."
            )
            % words
            if columns
            else _("Nearly all choices are the same as at %(organisation)s.") % words
        ]
        if figures.get("asked", 0) > 1:
            counts = {"n": len(choices), "asked": figures["asked"], "usual": self.number(figures["usual"])}
            counts["part"] = percent_of(len(choices), figures["asked"])
            words_said = _("Of %(asked)s choices %(n)s (%(part)s %%) are the same; by chance that would be %(usual)s.")
            sentences.append(words_said % counts)
        return " ".join(sentences), [(str(_("The same")), self.label(one)) for one in [*columns, *choices][:12]]

    def _name(self, organisation: int) -> str:
        if organisation not in self._names:
            found = Organisation.objects.filter(pk=organisation).values_list("name", flat=True).first()
            self._names[organisation] = found or "–"
        return self._names[organisation]

    def _is_bounded(self, column: str) -> bool:
        spec = self._columns.get(column)
        return spec is not None and self.file.question(spec.question).type not in AMOUNTS


def percent_of(part: int, whole: int) -> int:
    """A whole percentage, rounded down: 100 only says all."""
    return 100 * part // whole if whole else 0


def _unit_of(question: Question | None, language: str) -> str:
    if question is None:
        return ""
    if question.type in ("percentage", "percentage_set"):
        return "%"
    return question.unit.text(language) if question.unit else ""
