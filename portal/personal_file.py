"""A person's data as a zip: one JSON file for machines, one text for people."""

import io
import json
import zipfile
from typing import Any

from django.utils.translation import gettext as _


def personal_zip(found: dict[str, Any]) -> bytes:
    """`person.json` and a text that says the same in lines."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("person.json", json.dumps(found, indent=2, ensure_ascii=False, default=str))
        pack.writestr(_("read-me.txt"), _as_text(found))
    return file.getvalue()


def _as_text(found: dict[str, Any]) -> str:
    lines = [_("What the portal holds about you"), "", *_facts(found["person"]), ""]
    for kind, title in (("about", _("Rows about you")), ("did", _("What you did; the content is your organisation's"))):
        lines += [title, "=" * len(title), ""]
        for label, rows in found[kind].items():
            lines.append(f"{label} ({len(rows)})")
            lines += [f"  - {', '.join(_facts(row))}" for row in rows]
            lines.append("")
    lines.append(_("Open sessions: %(count)s") % {"count": found["sessions"]})
    return "\r\n".join(lines)


def _facts(row: dict[str, Any]) -> list[str]:
    return [f"{name}: {value}" for name, value in row.items() if value not in (None, "", {}, [])]
