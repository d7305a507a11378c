"""What the API answers about a round that has figures is what its schema says."""

from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.world import World

pytestmark = pytest.mark.django_db
ROUND = "/api/v1/rounds/{code}"
FILLED = {"code": "world-2025", "kpi": "aht"}
ADDRESSES = ("/api/v1/", "/api/v1/rounds/", *(f"{ROUND}/{rest}" for rest in (
    "", "kpis/", "kpis/{kpi}/document/", "peer-groups/", "observations/", "chosen-groups/?in=sector=public",
)))  # fmt: skip


def with_nulls(part: Any) -> Any:
    """OpenAPI 3.0's way to say “or null”, in the words of JSON Schema."""
    if isinstance(part, list):
        return [with_nulls(one) for one in part]
    if not isinstance(part, dict):
        return part
    inner = {name: with_nulls(one) for name, one in part.items() if name != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if part.get("nullable") is True else inner


@pytest.mark.parametrize("address", ADDRESSES)
def test_answers_are_as_the_schema_says(client: Client, world: World, address: str) -> None:
    schema = client.get("/api/v1/schema/", {"format": "json"}).json()
    answer = client.get(address.format(**FILLED))
    assert answer.status_code == 200
    said = schema["paths"][address.partition("?")[0]]["get"]["responses"]["200"]["content"]["application/json"]
    whole = with_nulls({"components": schema["components"]} | said["schema"])
    assert [error.message for error in Draft202012Validator(whole).iter_errors(answer.json())] == []
