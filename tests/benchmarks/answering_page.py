"""A theme page as the browser's autosave keeps it, for the benchmark of answering."""

import re
from typing import Any

REMARKS = re.compile(r'data-question="(\w+)"(?: hidden)? data-remarks="(\w+)"')


class Page:
    """What a page holds that an autosave sends back, kept up to date as autosave.js does."""

    def __init__(self, text: str) -> None:
        self.marks = dict(re.findall(r'name="v-(\w+)" value="([^"]*)"', text))
        self.remarks = dict(REMARKS.findall(text))
        self.sheet = re.findall(r'name="sheet" value="([^"]*)"', text)[0]
        self.section = re.findall(r'name="section" value="([^"]*)"', text)[0]

    def post(self, code: str, fields: dict[str, str]) -> dict[str, str]:
        """An autosave of one question."""
        remarked = " ".join(f"{one}:{key}" for one, key in self.remarks.items())
        return {
            "sheet": self.sheet,
            "section": self.section,
            "remarked": remarked,
            f"v-{code}": self.marks[code],
            **fields,
        }

    def told(self, told: dict[str, Any]) -> None:
        """What the server says of it."""
        self.marks.update(told["marks"])
        fresh = {code: dict(REMARKS.findall(html)).get(code, "") for code, html in told["html"].items()}
        self.remarks = {code: self.remarks[code] for code in told["same"] if code in self.remarks} | fresh
        self.remarks = {code: key for code, key in self.remarks.items() if key}
