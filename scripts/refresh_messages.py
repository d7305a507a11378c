"""Brings locale/*/LC_MESSAGES/django.po up to date with the texts in code and templates; no GNU gettext needed.

    make texts

New texts arrive without a translation and are listed, translations of texts that are gone are dropped, and nothing is
guessed: a catalogue never holds a fuzzy entry. `tests/house/test_translations.py` uses the same `extract()`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po

from scripts.machine import PROJECT, say
from scripts.messages import catalogues

CODE = ("portal", "surveys", "benchmark")
TEMPLATES = "templates"
# Where the texts stand among the arguments of a call: context, singular, plural (None = absent).
CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
IN_TEMPLATE = re.compile(rf"(?<![\w.])({'|'.join(sorted(CALLS, key=len, reverse=True))})\(")


@dataclass(frozen=True)
class Found:
    """A text that asks to be translated, and where it stands."""

    file: str
    line: int
    context: str | None
    text: str
    plural: str | None

    @property
    def ident(self) -> str | tuple[str, str]:
        """The key in a catalogue: the text, or the singular with the plural."""
        return (self.text, self.plural) if self.plural is not None else self.text


def extract() -> list[Found]:
    """Every text of the code and the templates, in the order of the files."""
    found: list[Found] = []
    for folder in CODE:
        for path in sorted((PROJECT / folder).rglob("*.py")):
            found += in_python(path)
    for path in sorted((PROJECT / TEMPLATES).rglob("*")):
        if path.suffix in {".html", ".txt"}:
            found += in_template(path)
    return found


def in_python(path: Path) -> Iterator[Found]:
    """The texts of a Python file."""
    name = str(path.relative_to(PROJECT))
    with path.open("rb") as file:
        for line, function, messages, _comments in extract_python(file, dict.fromkeys(CALLS), [], {}):
            texts: tuple[str | None, ...] = (messages,) if isinstance(messages, str) else tuple(messages)
            if found := _found(name, line, str(function), texts):
                yield found


def in_template(path: Path) -> Iterator[Found]:
    """The texts of a Django template, filters and arguments of tags (`_("…")`) included."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:  # pragma: no cover: only outside Django
        settings.configure()
    name = str(path.relative_to(PROJECT))
    text = templatize(path.read_text(encoding="utf-8"), origin=name)
    for match in IN_TEMPLATE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if found := _found(name, line, match[1], _arguments(text, match.end())):
            yield found


def _arguments(text: str, start: int) -> tuple[str | None, ...]:
    """The arguments of a call whose bracket opened before `start`; None for what is not a literal text."""
    end = start
    while (end := text.find(")", end)) >= 0:
        end += 1
        try:
            call = ast.parse("call(" + text[start:end], mode="eval").body
        except SyntaxError:
            continue
        if isinstance(call, ast.Call):
            return tuple(str(one.value) if isinstance(one, ast.Constant) else None for one in call.args)
    return ()


def _found(file: str, line: int, function: str, texts: tuple[str | None, ...]) -> Found | None:
    context_at, text_at, plural_at = CALLS[function]
    named = [texts[at] if at is not None and at < len(texts) else None for at in (context_at, text_at, plural_at)]
    context, text, plural = named
    return Found(file, line, context, text, plural) if text else None


def read_catalogue(path: Path) -> Catalog:
    """A .po file; raises PoFileError when it is broken."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, abort_invalid=True)


def refreshed(old: Catalog, found: list[Found]) -> Catalog:
    """The catalogue with exactly the found texts, each once, with the translations that exist already."""
    new = Catalog(
        locale=old.locale,
        header_comment=old.header_comment,
        project=old.project,
        version=old.version,
        msgid_bugs_address=old.msgid_bugs_address,
        creation_date=old.creation_date,
        revision_date=old.revision_date,
        last_translator=old.last_translator,
        language_team=old.language_team,
        fuzzy=False,
    )
    for one in found:
        if new.get(one.text, one.context) is None or one.plural is not None:
            known = old.get(one.text, one.context)
            new.add(one.ident, _translation(known.string if known else "", one, new.num_plurals), context=one.context)
    return new


def _translation(known: object, one: Found, forms: int) -> str | tuple[str, ...]:
    texts = tuple(str(text) for text in known) if isinstance(known, (list, tuple)) else ()
    if one.plural is not None:
        return texts or ("",) * forms
    return known if isinstance(known, str) else "".join(texts[:1])


def missing(catalogue: Catalog) -> list[str]:
    """Texts without a (complete) translation."""
    return [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue
        if message.id and not (all(message.string) if isinstance(message.string, tuple) else message.string)
    ]


def main() -> int:
    """Refresh every catalogue and list what is still to be translated; 1 when there is any."""
    found = extract()
    open_texts = 0
    for path in catalogues():
        catalogue = refreshed(read_catalogue(path), found)
        with path.open("wb") as file:
            write_po(file, catalogue, width=0, no_location=True)
        texts = missing(catalogue)
        open_texts += len(texts)
        say(f"{path.relative_to(PROJECT)}: {len(catalogue)} texts, {len(texts)} without a translation")
        for text in texts:
            say(f"  {text}")
    return 1 if open_texts else 0


if __name__ == "__main__":
    sys.exit(main())
