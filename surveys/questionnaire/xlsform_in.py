"""An XLSForm as data of our own format: what both know is taken over, everything else is listed.

What comes out is a draft: it may still need texts in the other language, or a condition that could not be read.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surveys.questionnaire.expressions import ExpressionError, parse_expression
from surveys.questionnaire.question_types import QUESTION_TYPES
from surveys.questionnaire.xlsform_limits import read_constraint
from surveys.questionnaire.xlsform_lost import lost_of_row
from surveys.questionnaire.xlsform_out import CHOICES, SETTINGS, SURVEY

Row = Mapping[str, str]
TEXT_KEYS = ("label", "hint", "guidance_hint", "constraint_message")
PLAIN = {"integer": "number", "int": "number", "decimal": "number", "text": "text", "date": "date", "string": "text"}
MEANT = {"start", "end", "today", "deviceid", "username", "phonenumber", "email", "audit", "simserial", "subscriberid"}
RANGED = ("number", "percentage", "money", "duration", "ratio")
SELECTED = re.compile(r"selected\(\s*\$\{([^}]+)\}\s*,\s*('[^']*')\s*\)")
PLACE = re.compile(r"\$\{([^}]+)\}")


@dataclass
class FromXlsForm:
    """The data of the draft, and one sentence for each thing that did not come along."""

    data: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def from_xlsform(survey: Sequence[Row], choices: Sequence[Row], settings: Sequence[Row]) -> FromXlsForm:
    """Data of our format; `survey`, `choices` and `settings` are rows by the name of their column."""
    return _Reader(survey, choices, settings[0] if settings else {}).read()


def code_of(name: str) -> str:
    """A name as one of our codes: small letters, digits and `_`, beginning with a letter."""
    code = re.sub(r"[^a-z0-9_]+", "_", name.strip().lower()).strip("_")[:60]
    return code if code[:1].isalpha() else f"q_{code}"


def option_code(name: str) -> str:
    """A choice's name as one of our option codes."""
    return re.sub(r"[^a-z0-9_]+", "_", name.strip().lower()).strip("_")[:60] or "x"


class _Reader:
    def __init__(self, survey: Sequence[Row], choices: Sequence[Row], settings: Row) -> None:
        self.survey, self.settings = survey, settings
        self.lists: dict[str, list[Row]] = {}
        for row in choices:
            self.lists.setdefault(row.get("list_name") or row.get("list name", ""), []).append(row)
        self.result = FromXlsForm()
        self.sections: list[dict[str, Any]] = []
        self.open: list[dict[str, Any] | None] = []
        self.compound: dict[str, Any] | None = None
        self.parts: dict[str, str] = {}
        self.outside: dict[str, Any] | None = None

    def read(self) -> FromXlsForm:
        self.unknown_columns()
        for number, row in enumerate(self.survey, 2):
            kind = " ".join(row.get("type", "").split())
            if kind:
                self.row(number, kind, row)
        title = self.settings.get("form_title") or self.settings.get("form_id") or "XLSForm"
        self.result.data = {
            "questionnaire": code_of(self.settings.get("form_id") or title),
            "version": re.sub(r"[^A-Za-z0-9._-]+", "-", self.settings.get("version", "") or "1")[:40],
            "title": {"nl": title, "en": title},
            "languages": ["nl", "en"],
            "sections": [one for one in self.sections if one["questions"]],
        }
        return self.result

    def lost(self, number: int, what: str) -> None:
        self.result.left_out.append(f"survey row {number}: {what}")

    def unknown_columns(self) -> None:
        known = {*SURVEY, *CHOICES, *SETTINGS, *TEXT_KEYS, "list name", "repeat_count", "default"}
        found = dict.fromkeys(key for row in self.survey for key, value in row.items() if value and key not in known)
        listed = self.lists.values()
        for key in dict.fromkeys(key for rows in listed for row in rows for key in row):
            if key not in {*CHOICES, "list name", "label"} and not _language(key):
                self.result.left_out.append(f"choices column “{key}”: it has no counterpart")
        for key in self.settings:
            if key not in SETTINGS:
                self.result.left_out.append(f"setting “{key}”: it has no counterpart")
        for key in found:
            if not (key.partition("::")[0] in TEXT_KEYS and _language(key)):
                self.result.left_out.append(f"survey column “{key}”: it has no counterpart")

    def row(self, number: int, kind: str, row: Row) -> None:
        name = row.get("name", "")
        if kind in ("begin_group", "begin group", "begin_repeat", "begin repeat"):
            self.begin(number, kind, name, row)
        elif kind in ("end_group", "end group", "end_repeat", "end repeat"):
            self.end()
        elif self.compound is not None:
            self.part(number, row)
        elif kind == "note":
            self.note(number, name, row)
        elif kind == "calculate":
            self.computed(number, name, row)
        elif row.get("portal_part") == "namely" or (name.endswith("_namely") and self.asked(name[:-7]) is not None):
            self.namely(name[: -len("_namely")], row)
        else:
            self.question(number, kind, name, row)
        for what in lost_of_row(kind, row):
            self.lost(number, what)

    def begin(self, number: int, kind: str, name: str, row: Row) -> None:
        if row.get("portal_type") in ("percentage_set", "matrix"):
            question = self.made(number, name, row, row["portal_type"])
            if row["portal_type"] == "percentage_set":
                question |= {"total": _number(row.get("parameters", "").partition("=")[2]) or 100, "parts": []}
            else:
                question |= {"rows": [], "columns": []}
            self.compound = question
            self.open.append(question)
            return
        inside = any(one is not None for one in self.open)
        if inside and "repeat" in kind and self.repeated_inside(number, name, row):
            return
        if inside:
            self.lost(number, f"group “{name}” stands inside another: its questions joined the outer theme")
            self.open.append(None)
            return
        section: dict[str, Any] = {
            "code": self.section_code(code_of(name)),
            "title": self.texts(row, "label", name),
            "questions": [],
        }
        if "repeat" in kind:
            repeat = self.repeat(number, name, row)
            if repeat:
                section["repeat"] = repeat
        self.condition(number, row, section, "a group cannot be conditional here")
        self.sections.append(section)
        self.open.append(section)

    def repeat(self, number: int, name: str, row: Row) -> dict[str, Any]:
        """What is repeated how often and called how; empty, and said, when nothing says how often."""
        over = PLACE.fullmatch(row.get("repeat_count", "").strip())
        if over is None:
            self.lost(number, f"repeat “{name}”: it needs a question that says how often; it is asked once")
            return {}
        self.lost(number, f"repeat “{name}”: at most 10 copies; change `max` where that is too few or too many")
        label = {language: text + " {n}" for language, text in self.texts(row, "label", name).items()}
        return {"over": code_of(over[1]), "max": 10, "label": label}

    def repeated_inside(self, number: int, name: str, row: Row) -> bool:
        """A repeat in a group becomes the repeated questions of its theme; a theme has one of them."""
        section = self.section
        if "repeat" in section or len(self.open) > 1:
            return False
        repeat = self.repeat(number, name, row)
        self.open.append({"repeats": section, "repeat": repeat, "start": len(section["questions"])} if repeat else None)
        return True

    def end(self) -> None:
        closed = self.open.pop() if self.open else None
        if closed is not None and "repeats" in closed:
            codes = [one["code"] for one in closed["repeats"]["questions"][closed["start"] :]]
            if codes:
                closed["repeats"]["repeat"] = {**closed["repeat"], "questions": codes}
        if closed is not None and closed is self.compound:
            self.compound = None

    @property
    def section(self) -> dict[str, Any]:
        """The theme that questions go to now; one of its own for questions outside groups."""
        current = next((one for one in reversed(self.open) if one is not None and "questions" in one), None)
        if current is None:
            if not self.sections or self.sections[-1] is not self.outside:
                title = {"nl": "Algemeen", "en": "General"}
                self.outside = {"code": self.section_code("general"), "title": title, "questions": []}
                self.sections.append(self.outside)
            current = self.sections[-1]
        return current

    def section_code(self, code: str) -> str:
        """The code, with a number behind it where another theme has it."""
        taken = {one["code"] for one in self.sections}
        return next(one for one in (code, *(f"{code}_{n}" for n in range(2, len(taken) + 3))) if one not in taken)

    def note(self, number: int, name: str, row: Row) -> None:
        section = self.section
        if not section["questions"] and "intro" not in section:
            section["intro"] = self.texts(row, "label", name)
        else:
            self.lost(number, f"note “{name}”: texts between questions have no place; put it in the help of a question")

    def computed(self, number: int, name: str, row: Row) -> None:
        expression = self.expression(row.get("calculation", ""))
        if expression is None:
            self.lost(
                number, f"calculate “{name}”: “{row.get('calculation', '')}” cannot be read as one of our expressions"
            )
            return
        one = {"code": code_of(name), "text": self.texts(row, "label", name), "expression": expression}
        self.section.setdefault("computed", []).append(one)

    def asked(self, name: str) -> dict[str, Any] | None:
        code = code_of(name)
        return next((one for section in self.sections for one in section["questions"] if one["code"] == code), None)

    def namely(self, name: str, row: Row) -> None:
        """Words beside a choice: they belong to the option that they are asked after."""
        question = self.asked(name)
        match = SELECTED.search(row.get("relevant", ""))
        if question is None or match is None:
            return
        if question["type"] == "yes_no":
            question["detail"] = {"label": self.texts(row, "label", name), "when": match[2].strip("'")}
            return
        for option in question.get("options", []):
            if option["code"] == match[2].strip("'"):
                option["namely"] = True

    def part(self, number: int, row: Row) -> None:
        """A question inside a percentage set or a matrix of ours."""
        question, place = self.compound or {}, row.get("portal_part", "")
        label = self.texts(row, "label", place)
        self.parts[code_of(row.get("name", ""))] = f"{question.get('code')}.{place}"
        if question.get("type") == "percentage_set":
            if row.get("required"):
                question["required"] = True
            question["parts"].append({"code": option_code(place or row.get("name", "")), "label": label})
            return
        line, dot, column = place.partition(".")
        if not dot:
            self.lost(number, f"“{row.get('name', '')}” is no cell of a table")
            return
        halves = {key: text.split(", ", 1) for key, text in label.items()}
        if line not in [one["code"] for one in question["rows"]]:
            question["rows"].append({"code": line, "label": {key: half[0] for key, half in halves.items()}})
        if column not in [one["code"] for one in question["columns"]]:
            made: dict[str, Any] = {"code": column, "label": {key: half[-1] for key, half in halves.items()}}
            made["type"] = row.get("portal_type") or "number"
            if row.get("type") == "integer":
                made["decimals"] = 0
            self.limits(number, row, made)
            question["columns"].append(made)

    def question(self, number: int, kind: str, name: str, row: Row) -> None:
        word, _space, rest = kind.partition(" ")
        if word in MEANT:
            self.lost(number, f"“{kind}”: the portal keeps such facts itself")
            return
        wanted = row.get("portal_type", "")
        if word in ("select_one", "select_multiple"):
            question = self.made(number, name, row, "multiple_choice" if word == "select_multiple" else "single_choice")
            self.options(number, question, rest.replace("or_other", "").strip(), "or_other" in rest)
        elif word == "range":
            question = self.made(number, name, row, "likert")
            self.scale(question, row)
        elif word in PLAIN:
            question = self.made(number, name, row, PLAIN[word])
            if word in ("integer", "int"):
                question["decimals"] = 0
            if "multiline" in row.get("appearance", ""):
                question["type"] = "long_text"
        else:
            self.lost(number, f"“{kind}” question “{name}”: the portal has no such type of question")
            return
        if wanted in QUESTION_TYPES:
            question["type"] = wanted
        if wanted == "yes_no":
            question.pop("options", None)
        if wanted == "period":
            question["precision"] = "month"
            self.lost(number, f"“{name}”: check whether a year, a quarter or a month is asked")
        self.limits(number, row, question)

    def made(self, number: int, name: str, row: Row, kind: str) -> dict[str, Any]:
        """A question with what every type has, in its theme."""
        code = code_of(name)
        if code != name:
            self.lost(number, f"“{name}” is called `{code}` here")
        question: dict[str, Any] = {"code": code, "type": kind, "text": self.texts(row, "label", name)}
        for key, ours in (("hint", "help"), ("guidance_hint", "definition")):
            found = self.texts(row, key, "")
            if any(found.values()):
                question[ours] = {language: text for language, text in found.items() if text}
        if row.get("required", "").lower() in ("yes", "true", "true()"):
            question["required"] = True
        self.condition(number, row, question, f"“{name}”: its condition cannot be read, so it is always asked")
        self.section["questions"].append(question)
        return question

    def condition(self, number: int, row: Row, item: dict[str, Any], why: str) -> None:
        relevant = row.get("relevant", "").strip()
        if not relevant:
            return
        expression = self.expression(relevant)
        if expression is None or "questions" in item:
            self.lost(number, f"{why} ({relevant})")
        else:
            item["ask_if"] = expression

    def expression(self, xpath: str) -> str | None:
        """An XPath condition in our language; None where it cannot be read."""
        text = SELECTED.sub(self.selected, xpath)
        text = re.sub(r"coalesce\(\s*(\$\{[^}]+\})\s*,\s*0\s*\)", r"\1", text)
        text = PLACE.sub(lambda match: self.parts.get(code_of(match[1]), code_of(match[1])), text)
        quoted = re.split(r"('[^']*'|\"[^\"]*\")", text)
        for index in range(0, len(quoted), 2):
            part = re.sub(r"(?<![<>!=])=(?!=)", "==", quoted[index])
            part = re.sub(r"\bdiv\b", "/", part)
            quoted[index] = re.sub(r"\bnot\(", "not (", part).replace("true()", "true").replace("false()", "false")
        made = "".join(quoted).strip()
        try:
            parse_expression(made)
        except ExpressionError:
            return None
        return made

    def selected(self, match: re.Match[str]) -> str:
        """`selected(…)` of a multiple choice is a membership, of another question a comparison."""
        question = self.asked(match[1])
        many = question is not None and question["type"] == "multiple_choice"
        return f"{match[2]} in ${{{match[1]}}}" if many else f"${{{match[1]}}} = {match[2]}"

    def options(self, number: int, question: dict[str, Any], list_name: str, or_other: bool) -> None:
        rows = self.lists.get(list_name, [])
        if not rows:
            self.lost(number, f"the list “{list_name}” is empty or comes from elsewhere")
        made: list[dict[str, Any]] = [
            {"code": option_code(row.get("name", "")), "label": self.texts(row, "label", row.get("name", ""))}
            for row in rows
        ]
        if or_other:
            made.append({"code": "other", "label": {"nl": "Anders, namelijk", "en": "Other, namely"}, "namely": True})
        question["options"] = made

    def scale(self, question: dict[str, Any], row: Row) -> None:
        parameters = dict(part.split("=", 1) for part in row.get("parameters", "").split() if "=" in part)
        low, high = (_number(parameters.get(key, instead)) for key, instead in (("start", "0"), ("end", "10")))
        if parameters.get("step", "1") != "1":
            self.result.left_out.append(f"`{question['code']}`: steps of {parameters['step']}; here every point counts")
        if row.get("portal_type") != "nps":
            ends = {"low": {"nl": str(low), "en": str(low)}, "high": {"nl": str(high), "en": str(high)}}
            question["scale"] = {"min": low, "max": high, "direction": "high_is_good", **ends}
            self.result.left_out.append(f"`{question['code']}`: say which end of the scale is good, and name its ends")

    def limits(self, number: int, row: Row, item: dict[str, Any]) -> None:
        """The range of a constraint, and the options that exclude the others; what else it says is listed."""
        constraint = row.get("constraint", "").strip()
        bounds, alone, other = read_constraint(constraint)
        options = {one["code"]: one for one in item.get("options", ()) if item.get("type") == "multiple_choice"}
        for name in alone:
            if option_code(name) in options:
                options[option_code(name)]["exclusive"] = True
            else:
                other.append(name)
        if bounds and item.get("type") in RANGED:
            item["hard"] = {side: int(limit) if limit.is_integer() else limit for side, limit in bounds.items()}
        elif bounds:
            other.append(constraint)
        if other:
            self.lost(number, f"constraint “{constraint}”: write it as a check across questions")
        elif any(value for key, value in row.items() if key.partition("::")[0] == "constraint_message"):
            self.lost(number, f"“{row.get('name', '')}”: the words of its constraint; the portal writes its own")

    def texts(self, row: Row, key: str, instead: str) -> dict[str, str]:
        """The texts of a column per language; a column without a language counts for each that has none of its own."""
        found: dict[str, str] = {}
        for column, value in row.items():
            head, _sep, _rest = column.partition("::")
            language = _language(column)
            if head == key and language and value:
                found[language] = value
        common = row.get(key, "") or instead
        texts = found or ({"nl": common, "en": common} if common else {})
        return {
            language: PLACE.sub(lambda match: "{" + code_of(match[1]) + "}", text) for language, text in texts.items()
        }


def _language(column: str) -> str:
    """nl or en for `label::Nederlands (nl)`, `label::nl`, `label::English`; empty for another language."""
    name = column.partition("::")[2].strip().lower()
    if name in ("nl", "nederlands", "dutch") or name.endswith("(nl)"):
        return "nl"
    return "en" if name in ("en", "english", "engels") or name.endswith("(en)") else ""


def _number(text: str) -> int | float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() else value
