"""The organisations file: code, name, group and peer dimensions of each organisation."""

from collections import Counter
from dataclasses import dataclass

from portal.models import Organisation
from surveys.importers.columns import missing_column, nearest, repeated_names
from surveys.importers.report import Remark
from surveys.importers.table_file import Row, TableFile, UnreadableFile
from surveys.questionnaire import Dimension, QuestionnaireFile
from surveys.services.organisations import OrganisationRow

LIMITS = {"code": Organisation._meta.get_field("code").max_length, "name": 200}
KEY_SIGNS = "=&"  # they separate the terms of a peer group's key


@dataclass(frozen=True)
class OrganisationPlan:
    """Where the columns of an organisations file stand."""

    code: int
    name: int
    group: int | None
    dimensions: tuple[tuple[Dimension, int], ...]


def plan_organisations(table: TableFile, file: QuestionnaireFile) -> OrganisationPlan:
    """Find the columns. Raises UnreadableFile with every problem; columns that nobody knows are left alone."""
    mapping = file.import_mapping
    places = {name: table.header.index(name) for name in table.header if name}
    problems = repeated_names(table)
    wanted = [(mapping.organisation, "the code of the organisation"), (mapping.name, "its name")]
    if mapping.group:
        wanted.append((mapping.group, "its group"))
    columns = {one.code: mapping.dimensions.get(one.code, one.code) for one in file.dimensions}
    wanted += [(column, f"the dimension {code}") for code, column in columns.items()]
    problems += [missing_column(table, name, purpose) for name, purpose in wanted if name not in places]
    if problems:
        raise UnreadableFile(f"The columns of {table.name} do not fit {file.questionnaire} {file.version}.", problems)
    return OrganisationPlan(
        places[mapping.organisation],
        places[mapping.name],
        places[mapping.group] if mapping.group else None,
        tuple((one, places[columns[one.code]]) for one in file.dimensions),
    )


def read_organisations(table: TableFile, file: QuestionnaireFile) -> tuple[list[OrganisationRow], list[Remark]]:
    """The organisations of a file and what is wrong with it. A row with a wrong code or name is left out; of a wrong
    dimension only the cell.
    """
    plan = plan_organisations(table, file)
    rows, remarks = [], [ragged_remark(row, table) for row in table.ragged]
    lines = Counter(row.cells[plan.code] for row in table.rows)
    options = {one.code: _option_codes(one) for one, _place in plan.dimensions}
    for row in table.rows:
        wrong = _wrong_identity(row, plan, table.header, lines)
        if wrong is not None:
            remarks.append(wrong)
            continue
        dimensions = {}
        for dimension, place in plan.dimensions:
            value, reason = _dimension_value(dimension, row.cells[place], options[dimension.code])
            if reason:
                remarks.append(Remark(row.line, table.header[place], row.cells[place], reason, code="dimension"))
            else:
                dimensions[dimension.code] = value
        group = row.cells[plan.group] if plan.group is not None else ""
        rows.append(OrganisationRow(row.cells[plan.code], row.cells[plan.name], group[:60], dimensions))
    return rows, remarks


def ragged_remark(row: Row, table: TableFile) -> Remark:
    """The remark about a row with too few or too many cells."""
    reason = f"this row has {len(row.cells)} cells and the header has {len(table.header)}; the row is not imported."
    return Remark(row.line, "", "", reason, code="ragged")


def _wrong_identity(row: Row, plan: OrganisationPlan, header: tuple[str, ...], lines: Counter[str]) -> Remark | None:
    """What is wrong with the code or the name of a row, or None."""
    code, name = row.cells[plan.code], row.cells[plan.name]
    if not code:
        return Remark(row.line, header[plan.code], code, "the code of the organisation is empty.", code="organisation")
    if lines[code] > 1:
        reason = f"this organisation stands {lines[code]} times in the file; none of these rows is used."
        return Remark(row.line, header[plan.code], code, reason, code="duplicate")
    if not name:
        return Remark(row.line, header[plan.name], name, "the name of the organisation is empty.", code="organisation")
    for place, text, limit in ((plan.code, code, LIMITS["code"] or 60), (plan.name, name, LIMITS["name"] or 200)):
        if len(text) > limit:
            reason = f"this is longer than {limit} characters; shorten it."
            return Remark(row.line, header[place], text, reason, code="organisation")
    return None


def _option_codes(dimension: Dimension) -> dict[str, str]:
    """What may stand in a cell (code or label, capitals or not) → option code."""
    known = {}
    for option in dimension.options:
        for text in (*option.label.root.values(), option.code):
            known[text.casefold()] = option.code
    return known


def _dimension_value(dimension: Dimension, text: str, options: dict[str, str]) -> tuple[str, str]:
    """(value, what is wrong with it)."""
    if not text:
        return "", ""
    if dimension.open:
        if any(sign in text for sign in KEY_SIGNS) or len(text) > 60:
            return "", f"a value of {dimension.code} has at most 60 characters and none of {' '.join(KEY_SIGNS)}."
        return text, ""
    if text.casefold() in options:
        return options[text.casefold()], ""
    known = [option.code for option in dimension.options]
    return "", f"{dimension.code} has no option like this; known are {', '.join(known)}.{nearest(text, known)}"
