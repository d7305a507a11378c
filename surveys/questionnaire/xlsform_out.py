"""A questionnaire as the rows of an XLSForm, for who works in a spreadsheet or with ODK and Kobo.

What XLSForm knows too goes over; what it does not know is listed in `left_out`, never dropped in silence. The columns
`portal_type` and `portal_part`, which other programs pass over, let our own import tell a duration from a number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from surveys.questionnaire.columns import ColumnSpec
from surveys.questionnaire.expression_nodes import (
    Arithmetic,
    Call,
    Comparison,
    Literal,
    Logic,
    Membership,
    Name,
    Negation,
    Node,
    Not,
)
from surveys.questionnaire.file import QuestionnaireFile, question_type
from surveys.questionnaire.model import Check, LocalText, Question, Range, Section
from surveys.questionnaire.piping import NOTHING_YET, ORGANISATION, ROUND
from surveys.questionnaire.question_types.matrix import MatrixType
from surveys.questionnaire.question_types.percentage_set import TOLERANCE
from surveys.questionnaire.repeating import PLACE
from surveys.questionnaire.xlsform_limits import xpath_number, xpath_range
from surveys.questionnaire.xlsform_lost import lost_of_columns, lost_of_file, lost_of_question, lost_places

NAMES = {"nl": "Nederlands (nl)", "en": "English (en)"}
SURVEY = (
    *("type", "name", "label::Nederlands (nl)", "label::English (en)", "hint::Nederlands (nl)", "hint::English (en)"),
    *("guidance_hint::Nederlands (nl)", "guidance_hint::English (en)", "required", "relevant", "constraint"),
    *("constraint_message::Nederlands (nl)", "constraint_message::English (en)", "appearance", "calculation"),
    *("parameters", "portal_type", "portal_part"),
)
CHOICES = ("list_name", "name", "label::Nederlands (nl)", "label::English (en)")
SETTINGS = ("form_title", "form_id", "version", "default_language")
Row = dict[str, str]


@dataclass
class XlsForm:
    """The three sheets as rows, and what is not in them, one sentence each."""

    survey: list[Row] = field(default_factory=list)
    choices: list[Row] = field(default_factory=list)
    settings: list[Row] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class NoCounterpartError(ValueError):
    """XLSForm has nothing for this; the text says for what."""


def to_xlsform(file: QuestionnaireFile) -> XlsForm:
    """The questionnaire as an XLSForm. Repeated questions are written out."""
    return _Writer(file).write()


class _Writer:
    def __init__(self, file: QuestionnaireFile) -> None:
        self.file, self.form = file, XlsForm()
        self.columns: dict[str, ColumnSpec] = {column.code: column for column in file.columns()}
        self.checks: dict[str, list[Check]] = {}
        order = {question.code: index for index, question in enumerate(file.questions)}
        for check in file.checks:
            concerned = check.concerns
            last = max(concerned, key=order.__getitem__)
            copies = [code for code in concerned if file.question(code).copy_number]
            # of a sum over copies nobody knows beforehand which one is asked last
            for code in copies if check.kind == "hard" and last in copies else [last]:
                self.checks.setdefault(code, []).append(check)

    def write(self) -> XlsForm:
        file, form = self.file, self.form
        title, version = file.title.text("nl"), file.version
        form.settings.append(
            {"form_title": title, "form_id": file.questionnaire, "version": version, "default_language": NAMES["nl"]}
        )
        for section in file.sections:
            self.section(section)
        form.left_out += lost_of_file(file)
        return form

    def section(self, section: Section) -> None:
        self.row("begin_group", section.code, section.title)
        if section.intro is not None:
            self.row("note", f"{section.code}_intro", section.intro)
        if section.repeat is not None:
            self.form.left_out.append(
                f"`{section.code}`.repeat: written out; the copies are plain questions with conditions"
            )
        for question in section.questions:
            self.question(question)
        for one in section.computed:
            form_lost = [key for key in ("unit", "decimals") if getattr(one, key) is not None]
            self.form.left_out += [f"`{one.code}`.{key}: a calculation has none" for key in form_lost]
            try:
                self.row("calculate", one.code, one.text, calculation=self.xpath(one.parsed.node))
            except NoCounterpartError as error:
                self.form.left_out.append(f"`{one.code}`: computed with {error}")
        self.row("end_group", section.code, None)

    def row(self, kind: str, name: str, label: LocalText | None, **more: str) -> None:
        texts = {f"label::{NAMES[one]}": text for one, text in (label.root if label else {}).items()}
        self.form.left_out += lost_places(name, label, self.file)
        self.form.survey.append({"type": kind, "name": name, **self.placed(texts), **more})

    def placed(self, texts: Row) -> Row:
        """Texts with earlier answers in XLSForm's own form; of the organisation and the round it knows nothing."""

        def put(name: str, whole: str) -> str:
            if name.startswith((ORGANISATION, ROUND)):
                return NOTHING_YET
            return "${" + name + "}" if self.file.has_question(name) else whole

        return {key: PLACE.sub(lambda match: put(match[1], match[0]), text) for key, text in texts.items()}

    def question(self, question: Question) -> None:
        more = self.common(question)
        self.form.left_out += lost_of_question(question)
        kind = question_type(question)
        options, points = kind.options(question), kind.points(question)
        if options:
            self.choice(question, more)
        elif kind.part_codes(question):
            self.parts(question, more)
        elif points:
            scale = f"start={points[0].code} end={points[-1].code} step=1"
            more |= self.limits(question.code, None)
            self.row("range", question.code, question.text, parameters=scale, portal_type=question.type, **more)
        else:
            limits = self.limits(question.code, question.hard)
            simple, code = self.simple(question), question.code
            self.row(simple, code, question.text, **more, **limits, portal_type=question.type)
        for check in self.checks.get(question.code, ()):
            if check.kind == "soft":
                self.form.left_out.append(f"check `{check.code}`: XLSForm blocks or says nothing; it asks no reason")

    def simple(self, question: Question) -> str:
        """The type of a question with one plain answer."""
        types = {"text": "text", "long_text": "text", "date": "date", "period": "text"}
        number = "integer" if question.decimals == 0 else "decimal"
        return types.get(question.type, number)

    def common(self, question: Question) -> Row:
        more: Row = {}
        for key, text in (("hint", question.help), ("guidance_hint", question.definition)):
            if text is not None:
                self.form.left_out += lost_places(question.code, text, self.file)
                more |= self.placed({f"{key}::{NAMES[one]}": words for one, words in text.root.items()})
        if question.required:
            more["required"] = "yes"
        if question.type == "long_text":
            more["appearance"] = "multiline"
        if question.condition is not None:
            try:
                more["relevant"] = self.xpath(question.condition.node)
            except NoCounterpartError as error:
                self.form.left_out.append(f"`{question.code}`: asked if {error}, so here it is always asked")
        return more

    def choice(self, question: Question, more: Row) -> None:
        multiple = question.type == "multiple_choice"
        kind, code = question_type(question), question.code
        for one in kind.options(question):
            texts = {f"label::{NAMES[language]}": text for language, text in one.label.root.items()}
            self.form.choices.append({"list_name": code, "name": one.code, **texts})
        alone = [
            f"not(selected(., '{one.code}') and count-selected(.) > 1)"
            for one in kind.options(question)
            if one.exclusive
        ]
        limits = self.limits(code, None)
        if alone:
            limits["constraint"] = " and ".join([*alone, *filter(None, [limits.get("constraint", "")])])
        self.row(
            f"select_multiple {code}" if multiple else f"select_one {code}",
            code,
            question.text,
            **more,
            **limits,
            portal_type=question.type,
        )
        asking = [one for one in kind.options(question) if one.namely]
        if question.detail is not None or asking:
            when = question.detail.when if question.detail is not None else asking[0].code
            label = question.detail.label if question.detail is not None else asking[0].label
            self.form.left_out += [f"`{code}`: only `{when}` asks for words" for _other in asking[1:2]]
            self.row("text", f"{code}_namely", label, relevant=f"selected(${{{code}}}, '{when}')", portal_part="namely")

    def parts(self, question: Question, more: Row) -> None:
        """A percentage set or a matrix: a group with a number per part."""
        kind, code = question_type(question), question.code
        relevant = {"relevant": more.pop("relevant")} if "relevant" in more else {}
        required = {"required": more.pop("required")} if "required" in more else {}
        total = {"parameters": f"total={xpath_number(question.total)}"} if question.total is not None else {}
        for check in self.checks.get(code, ()):
            if check.kind == "hard":
                self.form.left_out.append(f"check `{check.code}`: a group of questions has no constraint")
        self.row(
            "begin_group",
            code,
            question.text,
            **more,
            **relevant,
            **total,
            appearance="field-list",
            portal_type=question.type,
        )
        if isinstance(kind, MatrixType):
            for cell in kind.cells(question):
                name = f"{code}_{cell.code.replace('.', '_')}"
                label = LocalText({one: cell.text(one) for one in cell.row.label.root})
                number = "integer" if cell.question.decimals == 0 else "decimal"
                limits = self.limits("", cell.question.hard)
                self.row(number, name, label, **limits, portal_type=cell.column.type, portal_part=cell.code)
            self.form.left_out += lost_of_columns(question)
            self.form.left_out.append(f"`{code}`: a table becomes a group with a question for each cell")
            if required:
                self.form.left_out.append(f"`{code}`.required: a group cannot be required")
        else:
            self.shares(question, required)
        self.row("end_group", code, None)

    def shares(self, question: Question, required: Row) -> None:
        parts, code = question.parts or (), question.code
        total = 100.0 if question.total is None else question.total
        low, high = (xpath_number(round(total + way * TOLERANCE, 6)) for way in (-1, 1))
        others = " + ".join(f"coalesce(${{{code}_{part.code}}}, 0)" for part in parts[:-1])
        for part in parts:
            limit = f". >= 0 and . <= {xpath_number(total)}"
            if part is parts[-1]:
                limit += f" and {others} + . >= {low} and {others} + . <= {high}"
            number = "integer" if question.decimals == 0 else "decimal"
            self.row(number, f"{code}_{part.code}", part.label, constraint=limit, portal_part=part.code, **required)

    def limits(self, code: str, hard: Range | None) -> Row:
        """The constraint of a question: its range and the hard checks that end at it."""
        found = xpath_range(hard)
        messages: Row = {}
        for check in self.checks.get(code, ()):
            if check.kind == "hard":
                try:
                    found.append(self.constraint(check, code))
                    messages = {f"constraint_message::{NAMES[one]}": text for one, text in check.message.root.items()}
                except NoCounterpartError as error:
                    self.form.left_out.append(f"check `{check.code}`: {error}")
        return {"constraint": " and ".join(found), **messages} if found else {}

    def constraint(self, check: Check, code: str) -> str:
        others = [name for name in dict.fromkeys(_needed(check.parsed.node)) if name != code]
        empty = " or ".join(f"{self.name(name)} = ''" for name in others)
        holds = self.xpath(check.parsed.node).replace("${" + code + "}", ".")
        return f"({empty} or ({holds}))" if empty else f"({holds})"

    def name(self, name: str) -> str:
        code, _dot, part = name.partition(".")
        if name.startswith((ORGANISATION, ROUND)):
            raise NoCounterpartError(f"`{name}`, which XLSForm does not know")
        if self.columns.get(name) is not None and self.columns[name].kind == "flag":
            return f"selected(${{{code}}}, '{part}')"
        return "${" + name.replace(".", "_") + "}"

    def xpath(self, node: Node) -> str:
        """An expression as XLSForm writes it. Raises NoCounterpartError."""
        if isinstance(node, Name):
            return self.name(node.name)
        if isinstance(node, Literal):
            return self.literal(node)
        if isinstance(node, Not):
            return f"not({self.xpath(node.operand)})"
        if isinstance(node, Negation):
            return f"-({self.xpath(node.operand)})"
        if isinstance(node, Logic):
            return f"({self.xpath(node.left)} {node.operator} {self.xpath(node.right)})"
        if isinstance(node, Arithmetic):
            operator = {"/": "div"}.get(node.operator, node.operator)
            return f"({self.xpath(node.left)} {operator} {self.xpath(node.right)})"
        if isinstance(node, Comparison):
            operator = {"==": "="}.get(node.operator, node.operator)
            return f"{self.xpath(node.left)} {operator} {self.xpath(node.right)}"
        if isinstance(node, Membership):
            return self.membership(node)
        if isinstance(node, Call) and node.function == "sum":
            return "(" + " + ".join(f"coalesce({self.xpath(one)}, 0)" for one in node.arguments) + ")"
        raise NoCounterpartError("an expression that XLSForm does not know")

    def literal(self, node: Literal) -> str:
        value = node.value
        if isinstance(value, bool):
            return "true()" if value else "false()"
        if isinstance(value, int | float):
            return xpath_number(value)
        return f"'{value}'"

    def membership(self, node: Membership) -> str:
        if isinstance(node.members, Name):
            return f"selected(${{{node.members.name}}}, {self.xpath(node.item)})"
        values = node.members.value if isinstance(node.members, Literal) else ()
        ways = [f"{self.xpath(node.item)} = {self.xpath(Literal(one))}" for one in _listed(values)]
        return "(" + " or ".join(ways) + ")"


def _needed(node: Node) -> Iterator[str]:
    """The names without which an expression has no value; what stands in sum(…) may be missing."""
    parts = node.parts()
    if not parts:
        yield from node.names()
    for part in () if isinstance(node, Call) else parts:
        yield from _needed(part)


def _listed(values: object) -> Iterator[str | float]:
    if isinstance(values, tuple):
        yield from values
