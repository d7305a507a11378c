"""The questionnaires that we ship are proven."""

from pathlib import Path

import pytest

import surveys
from surveys.questionnaire import check_submission, column_values, compare_versions, load_questionnaire

FOLDER = Path(surveys.__file__).parent / "instruments"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_questionnaire_is_proven(path: Path) -> None:
    file = load_questionnaire(path.read_text(encoding="utf-8"), path.name)
    assert path.stem == f"{file.questionnaire}-{file.version}"
    required = [question.code for question in file.questions if question.required and question.ask_if is None]
    assert [finding.questions[0] for finding in check_submission(file, {})] == required
    assert len(column_values(file, {})) == len(file.columns())
    assert all(change.relation == "same" for change in compare_versions(file, file))


def test_national_benchmark_has_six_themes_and_sixty_questions() -> None:
    file = load_questionnaire((FOLDER / "national-2026.yaml").read_text(encoding="utf-8"))
    assert len(file.sections) == 6
    assert len(file.questions) >= 60
