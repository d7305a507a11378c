"""Mail texts of staff: listed placeholders, filled once, and every mistake told with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.mail_texts import (
    LONGEST,
    PLACEHOLDERS,
    MailTextError,
    Problem,
    examples,
    fill_subject,
    fill_text,
    literal,
    problems_in,
)

VALUES = {"person": "Ann", "round": "2026"}
NAMES = st.sampled_from(sorted(PLACEHOLDERS))
ANY_TEXT = st.text(alphabet=st.sampled_from("ab{} .\n_0![]%é"), max_size=60) | st.text(max_size=60)


def test_placeholders_are_replaced() -> None:
    assert fill_text("Dear {person},\n{ round }: {{not}}", VALUES) == "Dear Ann,\n2026: {not}"


@pytest.mark.parametrize(
    "text",
    [
        "{person.__class__}", "{person!r}", "{person:>99999999}", "{person[0]}", "{0}", "{}", "{Person}", "{settings}",
        "{per{round}son}", "{person", "person}", "{per\nson}", "{% load x %}",
    ],
)  # fmt: skip
def test_nothing_but_the_listed_names_is_understood(text: str) -> None:
    assert problems_in(text, VALUES)
    with pytest.raises(MailTextError):
        fill_text(text, VALUES)


def test_problems_are_located_and_all_told_at_once() -> None:
    found = problems_in("Dear {persn},\n\n  {round} ends }\n{{ok}}", VALUES)
    assert [(one.line, one.column) for one in found] == [(1, 6), (3, 16)]
    assert "{persn}" in found[0].message
    assert "{person}, {round}" in found[0].message
    assert str(Problem(3, 16, "x")) == "Line 3, character 16: x"
    with pytest.raises(MailTextError) as caught:
        fill_text("{a}{b}", VALUES)
    assert len(caught.value.problems) == 2


def test_a_text_has_a_longest_length() -> None:
    assert problems_in("a" * LONGEST, ()) == []
    assert len(problems_in("a" * (LONGEST + 1), ())) == 1


def test_a_value_adds_no_header_to_the_subject() -> None:
    assert fill_subject("About {round}", {"round": "2026\r\nBcc: eve@example.org"}) == "About 2026 Bcc: eve@example.org"


def test_every_placeholder_has_an_example() -> None:
    text = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    assert fill_text(text, examples(PLACEHOLDERS)) == " ".join(example for _label, example in PLACEHOLDERS.values())


@given(ANY_TEXT)
def test_any_text_is_either_filled_or_refused_with_places_inside_it(text: str) -> None:
    problems = problems_in(text, VALUES)
    lines = text.split("\n")
    for one in problems:
        assert 1 <= one.line <= len(lines)
        assert lines[one.line - 1][one.column - 1] in "{}"
    if not problems:
        fill_text(text, VALUES)


@given(ANY_TEXT, ANY_TEXT, NAMES)
def test_what_is_filled_in_is_never_read_again(before: str, value: str, name: str) -> None:
    assert fill_text(literal(before) + f"{{{name}}}", {name: value}) == before + value
