"""Logs that may be kept and shown to anybody who operates the portal: no personal data, no figures.

    LOG_FORMAT=json     one object per line: time, level, logger, message, request, and for errors kind and place
    LOG_FORMAT=line     for people, in development and the demonstration; errors with their traceback

An error's own text may hold what somebody typed (a database error quotes the row), so json tells its kind and place
only. Addresses of people are taken out of every message; addresses of pages are told by their route.
"""

import json
import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
MAIL_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”")
# Loggers that put the address of the page, the host or what was sent into their messages.
TELLS_TOO_MUCH = ("django.request", "django.security", "django.server", "django.db", "gunicorn.access", "weasyprint")
# gunicorn's warnings and errors name the address of the page or of the client; its other lines do not.
TELLS_WHEN_IT_FAILS = "gunicorn.error"
Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def current_request() -> str:
    """The request's or the task's name in the logs; a task has that of the request that caused it."""
    if here := request_id.get():
        return here
    celery = sys.modules.get("celery")
    task = celery.current_task if celery else None
    if not task:
        return ""
    return str((task.request.headers or {}).get("request_id") or task.request.id or "")


class JsonFormatter(logging.Formatter):
    """One JSON object per record."""

    def format(self, record: logging.LogRecord) -> str:
        """The record without anything that a person typed or is called by."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": safe_message(record),
            "process": record.process,
        }
        if here := current_request():
            told["request"] = here
        told |= getattr(record, "told", {})  # numbers and names that our own code gave for the log
        if record.exc_info and record.exc_info is not True:
            told |= kind_and_place(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def safe_message(record: logging.LogRecord) -> str:
    """The message without addresses of people; of loggers that tell too much only what they always say."""
    fails = record.name == TELLS_WHEN_IT_FAILS and (record.levelno >= logging.WARNING or record.exc_info)
    if fails or record.name.startswith(TELLS_TOO_MUCH):
        status = getattr(record, "status_code", "")
        return f"{status} {route_of(getattr(record, 'request', None))}".strip() or str(record.msg)
    message = record.getMessage()
    if not record.name.startswith(("portal", "surveys", "benchmark")):
        message = QUOTED.sub("…", message)
    return MAIL_ADDRESS.sub("<address>", message)


def route_of(request: Any) -> str:
    """The name of the page, never its address, which may hold a code or a token."""
    match = getattr(request, "resolver_match", None)
    return str(match.view_name or "") if match else ""


def kind_and_place(raised: Raised) -> dict[str, Any]:
    """What kind of error it was and through which lines of code it came, without its text."""
    kind, error, _where = raised
    if kind is None or error is None:
        return {}
    frames = traceback.extract_tb(error.__traceback__)
    here = f"{Path(__file__).resolve().parent.parent}/"  # the web server logs before there are settings
    ours = [frame for frame in frames[:-1] if frame.filename.startswith(here) and "/.venv/" not in frame.filename]
    told = [*ours, *frames[-1:]]
    places = [f"{frame.filename.removeprefix(here)}:{frame.lineno} {frame.name}" for frame in told]
    return {"error": f"{kind.__module__}.{kind.__qualname__}", "where": places}


def log_settings(log_format: str, level: str) -> dict[str, Any]:
    """Django's LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
            "json": {"()": "portal.logs.JsonFormatter"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": log_format}},
        "root": {"handlers": ["console"], "level": level},
        # Django's own handler for this logger writes lines of its own beside ours.
        "loggers": {"django.server": {"handlers": [], "propagate": True}},
    }
