"""Sample data for templates/styleguide.html: every component with invented figures, for looking at and for tests."""

from types import SimpleNamespace
from typing import Any

from django.core.paginator import Paginator
from django.utils.safestring import mark_safe

SVG = mark_safe(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 120" role="img"><title>Average handling time per '
    'sector, in seconds</title><g font-family="Source Sans 3, sans-serif" font-size="14" fill="#1b2a33">'
    '<path d="M150 40h420M150 85h420" stroke="#7b8890" stroke-width="2"/>'
    '<rect x="250" y="28" width="170" height="24" fill="#cde2e6"/><rect x="220" y="73" width="150" height="24" '
    'fill="#cde2e6"/><path d="M330 28v24M290 73v24" stroke="#0d5466" stroke-width="3"/>'
    '<path d="M372 30l10 10-10 10-10-10z" fill="#b4430f"/><text x="0" y="45">All organisations</text>'
    '<text x="0" y="90">Public sector</text><text x="372" y="20" fill="#b4430f" text-anchor="middle">You: 342</text>'
    "</g></svg>"
)

SVG_PHONE = mark_safe(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 110" role="img"><title>Average handling time per '
    'sector, in seconds</title><g font-family="Source Sans 3, sans-serif" font-size="14" fill="#1b2a33">'
    '<path d="M0 60h350" stroke="#7b8890" stroke-width="2"/><rect x="90" y="48" width="150" height="24" '
    'fill="#cde2e6"/><path d="M160 48v24" stroke="#0d5466" stroke-width="3"/>'
    '<path d="M200 50l10 10-10 10-10-10z" fill="#b4430f"/><text x="0" y="35">All organisations</text>'
    '<text x="200" y="95" fill="#b4430f" text-anchor="middle">You: 342</text></g></svg>'
)

YES_NO = [
    {"value": "yes", "label": "Yes"},
    {"value": "other", "label": "No, another department"},
    {"value": "none", "label": "It is not formally arranged", "hint": "Also when it differs from case to case."},
]
CHANNELS = [
    {"code": "phone", "name": "mix.phone", "label": "Telephone", "value": "61,5", "previous": "64"},
    {"code": "mail", "name": "mix.mail", "label": "E-mail", "value": "22", "previous": "23"},
    {"code": "chat", "name": "mix.chat", "label": "Chat and WhatsApp", "value": "14,5", "previous": "13"},
]
REASONS = [
    {"value": "time", "label": "Time"},
    {"value": "cost", "label": "Cost"},
    {"value": "nothing", "label": "None of these", "exclusive": True},
]
COLUMNS = [
    {"label": ""},
    {"label": "P25", "num": True},
    {"label": "Median", "num": True},
    {"label": "P75", "num": True},
    {"label": "n", "num": True},
]
ROWS = [
    {"head": "All organisations", "cells": ["270", "310", "365", "60"]},
    {"head": "Public sector", "cells": ["255", "298", "340", "18"]},
    {"head": "Care", "cells": [{"reason": "fewer than 10 organisations"}, "–", "–", "6"]},
    {"head": "Your organisation", "cells": ["", "342", "", ""], "own": True},
]
THEMES = [
    {"url": "#a", "title": "Trends and strategy", "answered": 8, "due": 8, "status": "Complete", "kind": "good"},
    {
        "url": "#b",
        "title": "Operations",
        "answered": 7,
        "due": 19,
        "status": "Two questions ask attention",
        "kind": "warn",
    },
    {"url": "#c", "title": "Multichannel customer interaction", "answered": 0, "due": 12, "status": "Not started"},
]
CARDS = [
    {
        "title": "Average handling time",
        "url": "#x",
        "text": "Talk, hold and after-call work per contact.",
        "foot": "310 s",
    },
    {"title": "First contact resolution", "url": "#y", "badge": "New", "kind": "busy", "text": "Solved in one go."},
    {
        "title": "Cost per contact",
        "url": "#z",
        "badge": "Sensitive",
        "kind": "warn",
        "text": "Shown later, without extremes.",
    },
]


def context() -> dict[str, Any]:
    """The context of the style guide."""
    return {
        "breadcrumbs": [{"label": "Questionnaires", "url": "#q"}, {"label": "Style guide"}],
        "errors": [{"id": "aht", "message": "Average handling time: give a number, for example 12,5"}],
        "svg": SVG,
        "svg_phone": SVG_PHONE,
        "options": YES_NO,
        "parts": CHANNELS,
        "points": [{"value": str(one), "label": str(one)} for one in range(1, 6)],
        "matrix_columns": ["Volume", "AHT"],
        "matrix_rows": [
            {
                "label": "Phone",
                "cells": [
                    {"id": "per-channel", "name": "pc-1", "label": "Phone, volume", "value": "1.200"},
                    {"id": "per-channel-2", "name": "pc-2", "label": "Phone, AHT", "value": "4:30", "unit": "seconds"},
                ],
            }
        ],
        "reasons": REASONS,
        "chosen": ["time"],
        "columns": COLUMNS,
        "rows": ROWS,
        "themes": THEMES,
        "cards": CARDS,
        "facts": [{"key": "Reference period", "value": "2026"}, {"key": "Organisations", "value": "60"}],
        "steps": [
            {"label": "Open", "state": "done"},
            {"label": "Frozen", "state": "current"},
            {"label": "Published", "state": "ahead"},
        ],
        "page": Paginator(range(90), 10).page(2),
        "running": SimpleNamespace(title="Computing the results of 2026", state="running", percent=42, error=""),
        "done": SimpleNamespace(title="Report", state="done", percent=100, error=""),
        "consequences": ["The answers can no longer be changed.", "The results can be computed."],
    }
