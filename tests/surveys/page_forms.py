"""The form of a page as a browser without JavaScript would send it."""

from html.parser import HTMLParser

from django.http import HttpResponse

Entries = dict[str, list[str]]


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.entries: Entries = {}
        self.names: set[str] = set()
        self.area: str | None = None
        self.select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "option" and self.select and "selected" in given:
            self.entries[self.select] = [given.get("value", "")]
        if tag not in ("input", "textarea", "select") or not name:
            return
        self.names.add(name)
        if tag == "select":
            self.select = name
            self.entries.setdefault(name, [""])
        elif tag == "textarea":
            self.area = name
            self.entries[name] = [""]
        elif given.get("type") not in ("radio", "checkbox") or "checked" in given:
            self.entries.setdefault(name, []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.entries[self.area][0] += data if self.entries[self.area][0] else data.removeprefix("\n")


def fields_of(response: HttpResponse, *, names: bool = False) -> Entries:
    """Every field of the page with what it holds; with `names`, also the empty ones."""
    parser = _Fields()
    parser.feed(response.content.decode())
    return ({name: [] for name in parser.names} if names else {}) | parser.entries
