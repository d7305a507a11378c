"""The API's documentation as one readable page, made from its schema: no script, no third-party host."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator

from benchmark.selectors.releases import published_rounds
from portal.access import public


def endpoints(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Each operation of the schema: path, method, what it does, its parameters and the fields of its answer."""
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            parameters = [one | {"type": one["schema"].get("type", "")} for one in operation.get("parameters", [])]
            found.append(
                {
                    "path": path,
                    "method": method.upper(),
                    "summary": operation.get("summary", ""),
                    "description": operation.get("description", ""),
                    "parameters": parameters,
                    "fields": answer_fields(schema, operation),
                }
            )
    return found


def answer_fields(schema: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, str]]:
    """The fields of an operation's JSON answer, with those of its rows behind them."""
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    return _fields(schema, content.get("schema", {}), "")


def _fields(schema: dict[str, Any], shape: dict[str, Any], prefix: str) -> list[dict[str, str]]:
    shape = shape.get("items", shape)
    reference = shape.get("$ref", "")
    if not reference:
        return []
    rows = []
    for name, field in schema["components"]["schemas"][reference.rsplit("/", 1)[-1]]["properties"].items():
        rows.append({"name": prefix + name, "type": field.get("type", ""), "description": field.get("description", "")})
        rows += _fields(schema, field.get("items", {}), f"{name}[].")
    return rows


@public
@require_GET
def api_docs(request: HttpRequest) -> HttpResponse:
    """All endpoints with an example that works on the figures that are published here."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    latest = next(iter(published_rounds()), None)
    return render(
        request,
        "benchmark/api/docs.html",
        {"endpoints": endpoints(schema), "example": latest.round.code if latest else "national-2025"},
    )
