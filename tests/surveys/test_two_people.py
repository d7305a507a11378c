"""Any sequence of edits by two people: an acknowledged value is kept, or was replaced by somebody who had seen it."""

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.tenancy import participant_scope, staff_scope
from surveys.models import Answer, AnswerChange
from surveys.services.answers import Saved, Typing, save_answers
from tests.surveys.answering_case import Case, build_case

pytestmark = pytest.mark.django_db
QUESTIONS = ("calls", "remark", "goals")
VALUES = {
    "calls": ["", "1", "2", "1.000", "veel"],
    "remark": ["", "=1+1", "a", "\x00", "A"],
    "goals": [[], ["faster"], ["none"], ["faster", "better"]],
}
PEOPLE = ("coordinator", "contributor")
# who, at which question, which value, and what they do when a colleague was first (or reload the page before)
STEP = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from(QUESTIONS),
    st.integers(0, 4),
    st.sampled_from(["keep", "theirs", "reload"]),
)


@pytest.fixture
def case() -> Case:
    return build_case()


@dataclass
class Window:
    """One person's page: the version of each question that it shows."""

    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(QUESTIONS, 0))


def save(case: Case, who: str, question: str, typed: object, base: int) -> Saved:
    person = case.people[who]
    with participant_scope(case.mine.pk, person.pk):
        typing = Typing(question, typed, 0, base)  # type: ignore[arg-type]
        return save_answers(case.submission(by=who), [typing], by=person, language="nl")[0]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, min_size=2, max_size=12))
def test_no_acknowledged_value_is_lost_without_being_seen(case: Case, steps: list[tuple[str, str, int, str]]) -> None:
    with staff_scope():
        Answer.objects.filter(submission__round=case.open).delete()
        AnswerChange.objects.filter(submission__round=case.open).delete()
    windows = {who: Window() for who in PEOPLE}
    acknowledged: dict[tuple[str, int], object] = {}
    replaced_by_seer: set[tuple[str, int]] = set()
    for who, question, number, choice in steps:
        shown, typed = windows[who].versions, VALUES[question][number % len(VALUES[question])]
        if choice == "reload":
            shown[question] = max((version for code, version in acknowledged if code == question), default=0)
        base = shown[question]
        done = save(case, who, question, typed, base)
        if done.conflict is not None:
            assert (question, done.version) in acknowledged  # what is shown is somebody's acknowledged value
            shown[question] = base = done.version
            if choice != "keep":
                continue
            done = save(case, who, question, typed, base)
            assert done.conflict is None
        if done.version != base:
            replaced_by_seer.add((question, base))
            acknowledged[question, done.version] = typed
        shown[question] = done.version
    check(case, acknowledged, replaced_by_seer)


def check(case: Case, acknowledged: dict[tuple[str, int], object], seen: set[tuple[str, int]]) -> None:
    with staff_scope():
        rows = {row.question: row for row in Answer.objects.filter(submission__round=case.open)}
        history = list(AnswerChange.objects.filter(submission__round=case.open).order_by("id"))
    assert {(one.question, one.version) for one in history} == set(acknowledged)
    for (question, version), typed in acknowledged.items():
        kept = str(typed).replace("\x00", "\ufffd")
        assert [str(one.typed) for one in history if (one.question, one.version) == (question, version)] == [kept]
        assert rows[question].version == version or (question, version) in seen
    for earlier, later in pairwise(history):
        if earlier.question == later.question:
            assert later.before == earlier.typed
