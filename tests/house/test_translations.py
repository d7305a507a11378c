"""The portal speaks Dutch everywhere: every text of code and templates has a finished Dutch translation."""

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message

from scripts.machine import PROJECT
from scripts.refresh_messages import TEMPLATES, Found, extract, in_python, in_template, read_catalogue, refreshed

DUTCH = PROJECT / "locale" / "nl" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sdf]")
Messages = dict[tuple[str | None, str], Message]
# Words of which Dutch has its own, and forms of address that the portal does not use.
NOT_OURS = re.compile(r"\b(?:je|jij|jou|jouw|jullie|submitten|editen|frozen|release|submission)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def found() -> list[Found]:
    """Every text that asks to be translated."""
    return extract()


@pytest.fixture(scope="module")
def dutch() -> Messages:
    """The Dutch messages by context and (singular) text."""
    return {(one.context, _texts(one.id)[0]): one for one in read_catalogue(DUTCH) if one.id}


def test_extraction_finds_texts_of_code_and_of_templates(found: list[Found]) -> None:
    files = {one.file for one in found}
    assert len(found) > 500
    assert any(name.startswith(TEMPLATES) for name in files)
    assert {"portal", "surveys", "benchmark"} <= {name.partition("/")[0] for name in files}


def test_every_text_has_a_dutch_translation(found: list[Found], dutch: Messages) -> None:
    absent = [
        f"{one.file}:{one.line}: {one.text}"
        for one in found
        if (one.context, one.text) not in dutch or not all(_texts(dutch[one.context, one.text].string))
    ]
    assert not absent, "run `make texts` and translate:\n" + "\n".join(absent)


def test_plural_texts_have_both_forms_in_dutch(found: list[Found], dutch: Messages) -> None:
    for one in found:
        if one.plural is not None:
            message = dutch[one.context, one.text]
            assert message.id == one.ident, f"{one.file}:{one.line}: {one.text}"
            assert len(_texts(message.string)) == 2, f"{one.file}:{one.line}: {one.text}"


def test_no_translation_is_a_guess_or_a_leftover(found: list[Found], dutch: Messages) -> None:
    catalogue = read_catalogue(DUTCH)
    wanted = {(one.context, one.text) for one in found}
    assert [one.id for one in catalogue if one.id and one.fuzzy] == []
    assert sorted(text for context, text in dutch if (context, text) not in wanted) == []
    assert not catalogue.obsolete


def test_placeholders_are_the_same_in_dutch(dutch: Messages) -> None:
    for message in dutch.values():
        originals = _texts(message.id)
        for at, translation in enumerate(_texts(message.string)):
            original = originals[min(at, len(originals) - 1)]
            assert _placeholders(translation) == _placeholders(original), f"{original} → {translation}"


def test_spaces_and_line_ends_at_the_edges_are_the_same_in_dutch(dutch: Messages) -> None:
    for message in dutch.values():
        for original, translation in zip(_texts(message.id), _texts(message.string), strict=True):
            assert _edges(translation) == _edges(original), f"{original!r} → {translation!r}"


def test_dutch_addresses_the_reader_formally_and_in_dutch(dutch: Messages) -> None:
    odd = [text for message in dutch.values() for text in _texts(message.string) if NOT_OURS.search(text)]
    assert odd == []


def test_refreshing_keeps_translations_and_guesses_nothing(found: list[Found]) -> None:
    old = read_catalogue(DUTCH)
    known = found[0]
    new = refreshed(old, [known, Found("a.py", 1, None, "A text that nobody translated", None)])
    assert [one.string for one in new if one.id] == [_message(old, known).string, ""]


def test_extraction_reads_each_way_to_mark_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.refresh_messages.PROJECT", tmp_path)
    page, code = tmp_path / "page.html", tmp_path / "code.py"
    page.write_text(
        '{% load i18n %}{% comment %}{% trans "not this" %}{% endcomment %}<p>{% trans "One (1)" %}</p>\n'
        "{% blocktrans count n=n trimmed %}{{ n }}\n  thing{% plural %}{{ n }} things{% endblocktrans %}\n"
        '{% include "x.html" with label=_("Label") only %}{% trans "of" context "page x of y" %}'
        "{% blocktrans %}It's 100%{% endblocktrans %}",
        encoding="utf-8",
    )
    code.write_text('_("a" " b")\nngettext("%(n)s c", "%(n)s d", 3)\nother("e")\n', encoding="utf-8")
    assert [(one.context, one.ident) for one in in_template(page)] == [
        (None, "One (1)"),
        (None, ("%(n)s thing", "%(n)s things")),
        (None, "Label"),
        ("page x of y", "of"),
        (None, "It's 100%%"),
    ]
    assert [(one.line, one.ident) for one in in_python(code)] == [(1, "a b"), (2, ("%(n)s c", "%(n)s d"))]


def _message(catalogue: Catalog, one: Found) -> Message:
    return next(message for message in catalogue if _texts(message.id)[0] == one.text)


def _texts(text: object) -> tuple[str, ...]:
    return tuple(str(one) for one in text) if isinstance(text, (tuple, list)) else (str(text or ""),)


def _placeholders(text: str) -> tuple[list[str], list[str]]:
    named = [field for _literal, field, _format, _conversion in Formatter().parse(text.replace("%", "")) if field]
    return sorted(match[0] for match in PLACEHOLDER.finditer(text)), sorted(named)


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
