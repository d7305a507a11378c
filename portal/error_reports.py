"""Optional error reports to Sentry (or what speaks its protocol): kind and place of an error, never a value.

Off without SENTRY_DSN. The library's own scrubbing works by names of fields; ours keeps only what we know to be safe.
"""

from typing import Any

KEPT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment", "sdk", "transaction", "tags")
KEPT_OF_FRAME = ("filename", "abs_path", "function", "module", "lineno", "in_app")


def start_error_reports(dsn: str, environment: str, release: str) -> None:
    """Have unhandled errors and what is logged as an error reported."""
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=0.0,
        auto_session_tracking=False,
        server_name="",
        before_send=only_kind_and_place,
    )


def only_kind_and_place(event: Any, hint: dict[str, Any]) -> Any:
    """The event with nothing in it but kinds of errors and places in the code."""
    kept = {name: event[name] for name in KEPT if name in event}
    if "logentry" in event:
        kept["logentry"] = {"message": event["logentry"].get("message", "")}  # the template, without what goes into it
    values = event.get("exception", {}).get("values", [])
    kept["exception"] = {"values": [_error(value) for value in values]}
    return kept


def _error(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames", [])
    told = [{name: frame.get(name) for name in KEPT_OF_FRAME} for frame in frames]
    return {"type": value.get("type"), "module": value.get("module"), "stacktrace": {"frames": told}}
