"""The API: what is released and nothing else, the same figures as the export, errors that say what is expected."""

import csv
import io
import json
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from benchmark.services.exporting import export_release
from benchmark.services.releasing import publish_release, review_release
from benchmark.stats.release import content_hash
from portal.models import ApiKey
from portal.roles import FoundationRole
from portal.services.api_keys import issue_api_key, revoke_api_key, verify_api_key
from portal.tenancy import api_scope, staff_scope
from surveys.models import Round
from tests.benchmark.frozen import computed, person, small_round

pytestmark = pytest.mark.django_db
BASE = "/api/v1/rounds/small-2025"


@pytest.fixture
def unpublished() -> Round:
    return computed(small_round())


@pytest.fixture
def published(unpublished: Round) -> Round:
    with staff_scope():
        review_release(unpublished.pk, by=person(FoundationRole.RESEARCHER, "ruth"))
        publish_release(unpublished.pk, by=person(FoundationRole.PUBLISHER, "paul"))
    return unpublished


def read(client: Client, path: str, **headers: str) -> dict[str, object]:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.content
    return response.json()  # type: ignore[no-any-return]


def test_only_published_rounds_are_there(client: Client, unpublished: Round) -> None:
    assert read(client, "/api/v1/rounds/") == []
    for path in ("/", "/kpis/", "/peer-groups/", "/observations/", "/kpis/aht/document/"):
        assert client.get(BASE + path).status_code == 404


def test_a_round_tells_its_edition_and_fingerprint(client: Client, published: Round) -> None:
    (found,) = read(client, "/api/v1/rounds/")
    assert (found["round"], found["editions"]) == ("small-2025", [1])
    assert found == read(client, BASE + "/")


def test_observations_are_the_rows_of_the_export(client: Client, published: Round) -> None:
    with api_scope():
        exported = json.loads(export_release("small-2025", format="json"))
    page = read(client, f"{BASE}/observations/?limit=10000")
    assert page["results"] == exported["cells"]
    assert (page["count"], page["next"]) == (len(exported["cells"]), None)
    assert page["content_hash"] == exported["content_hash"]


def test_csv_holds_the_same_rows(client: Client, published: Round) -> None:
    response = client.get(f"{BASE}/observations/?limit=10000&format=csv")
    assert response["Content-Type"].startswith("text/csv")
    with api_scope():
        assert response.content == export_release("small-2025")


def test_filters_and_pages(client: Client, published: Round) -> None:
    page = read(client, f"{BASE}/observations/?kpi=aht&kpi=owner&peer_group=all&limit=2")
    assert len(page["results"]) == 2
    rows = list(page["results"])
    while page["next"]:
        page = read(client, page["next"])
        rows += page["results"]
    assert len(rows) == page["count"] == len({(row["kpi"], row["statistic"]) for row in rows})
    assert {row["kpi"] for row in rows} == {"aht", "owner"}
    assert {row["peer_group"] for row in rows} == {"all"}


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=10001", "offset=-1", "edition=1.5", "edition=²"])
def test_wrong_numbers_are_told(client: Client, published: Round, query: str) -> None:
    response = client.get(f"{BASE}/observations/?{query}")
    assert response.status_code == 400
    assert "whole number" in response.content.decode()


def test_documents_are_the_hashed_bytes(client: Client, published: Round) -> None:
    kpis = [row["kpi"] for row in read(client, f"{BASE}/kpis/")]
    bodies = {kpi: client.get(f"{BASE}/kpis/{kpi}/document/").content for kpi in kpis}
    assert content_hash(bodies) == read(client, BASE + "/")["content_hash"]
    etag = client.get(f"{BASE}/kpis/aht/document/")["ETag"]
    assert client.get(f"{BASE}/kpis/aht/document/", headers={"If-None-Match": etag}).status_code == 304


def test_peer_groups_carry_labels(client: Client, published: Round) -> None:
    groups = {row["peer_group"]: row for row in read(client, f"{BASE}/peer-groups/")}
    assert groups["sector=public"]["label"] == {"nl": "Sector: Publieke sector", "en": "Sector: Public sector"}
    assert groups["sector=public"]["terms"] == {"sector": "public"}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(client: Client, published: Round, method: str) -> None:
    assert getattr(client, method)(f"{BASE}/observations/").status_code == 405


def test_a_key_lifts_the_limit_and_can_be_revoked(
    client: Client, published: Round, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.PORTAL_RATE_LIMITS = True
    monkeypatch.setattr("portal.api_access.PER_NETWORK", 2)
    with staff_scope():
        key, text = issue_api_key("researcher", days=10, by=None)
        assert text not in str(ApiKey.objects.values().get(pk=key.pk))
    for _turn in range(2):
        read(client, "/api/v1/rounds/")
    refused = client.get("/api/v1/rounds/", headers={"X-Forwarded-For": "198.51.100.7"})
    assert refused.status_code == 429, "nobody is another network by saying so"
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    read(client, "/api/v1/rounds/", Authorization=f"Api-Key {text}")
    with staff_scope():
        assert ApiKey.objects.get(pk=key.pk).last_used_at is not None
        revoke_api_key(key, by=None)
    revoked = {"Authorization": f"Api-Key {text}"}
    assert client.get("/api/v1/rounds/", headers=revoked).status_code == 429, "a wrong key counts for its network"
    monkeypatch.setattr("portal.api_access.PER_NETWORK", 20)
    assert client.get("/api/v1/rounds/", headers=revoked).status_code == 401


def test_wrong_and_expired_keys_are_refused(client: Client) -> None:
    with staff_scope():
        old, expired = issue_api_key("old", days=1, by=None)
        ApiKey.objects.filter(pk=old.pk).update(expires_at=Now())
        key, text = issue_api_key("new", days=1, by=None)
        assert verify_api_key(expired) is None
        assert verify_api_key(text[:-1] + ("a" if text[-1] != "a" else "b")) is None
        assert verify_api_key(text) == key
    for wrong in (expired, "x", "", f"{key.prefix}.", "é.é"):
        assert client.get("/api/v1/rounds/", headers={"Authorization": f"Api-Key {wrong}"}).status_code == 401


def test_schema_and_docs_name_every_endpoint(client: Client, published: Round) -> None:
    schema = client.get("/api/v1/schema/?format=json").json()
    docs = client.get("/api/v1/docs/").content.decode()
    reads = {f"/api/v1/rounds/{{code}}/{name}/" for name in ("kpis", "peer-groups", "observations", "chosen-groups")}
    reads |= {"/api/v1/", "/api/v1/rounds/", "/api/v1/rounds/{code}/", "/api/v1/rounds/{code}/kpis/{kpi}/document/"}
    assert set(schema["paths"]) == reads | {"/api/v1/rounds/{code}/answers/"}
    assert {path for path, methods in schema["paths"].items() if set(methods) == {"get"}} == reads
    for path in schema["paths"]:
        assert path in docs
    assert "http://" not in docs.replace("http://testserver", "").replace("http://www.w3.org", "")


def test_csv_header_reads_back(client: Client, published: Round) -> None:
    text = client.get(f"{BASE}/observations/?format=csv&kpi=aht").content.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert rows
    assert {row["kpi"] for row in rows} == {"aht"}
