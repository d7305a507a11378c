"""The read-only API over published releases. Everything comes from the release store, as on every other channel."""

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from benchmark.api import serializers
from benchmark.api.access import KeyAuthentication, ReadOnly
from benchmark.api.renderers import CsvRenderer
from benchmark.selectors.observations import observations
from benchmark.selectors.releases import (
    PublishedRound,
    ReleaseView,
    label_peer_group,
    published_release,
    published_rounds,
)
from portal.access import public_api

LANGUAGES = ("nl", "en")
PAGE, MOST = 1000, 10_000
EDITION = OpenApiParameter("edition", int, description="Number of the edition; without it the newest one")


class ReleasedView(APIView):
    """What all endpoints share: no session, a key or nobody, reading only."""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (ReadOnly,)
    renderer_classes: tuple[type, ...] = (JSONRenderer,)

    def release(self, request: Request, code: str) -> ReleaseView:
        """The asked edition of a round, or 404; a wrong number is told."""
        edition = whole_number(request, "edition")
        found = published_release(code, edition)
        if found is None:
            raise Http404
        return found


def whole_number(request: Request, name: str, most: int = 2**31 - 1) -> int | None:
    """A positive whole number from the query, None when absent; raises ValidationError that says what is expected."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and 1 <= int(text) <= most):
        raise ValidationError({name: [f"Give a whole number from 1 to {most}."]})
    return int(text)


def _round(found: PublishedRound) -> dict[str, Any]:
    return {
        "round": found.round.code,
        "questionnaire": found.round.version.questionnaire.code,
        "version": found.round.version.version,
        "reference_period": found.round.reference_period,
        "title": {"nl": found.round.title_nl, "en": found.round.title_en},
        "is_invented": found.round.is_invented,
        "editions": list(found.editions),
        "published_at": found.published_at,
        "content_hash": found.content_hash,
    }


@public_api
class RootView(ReleasedView):
    """Where everything is."""

    @extend_schema(responses=OpenApiTypes.OBJECT, summary="Addresses of the API")
    def get(self, request: Request) -> Response:
        """The addresses to start from."""
        names = {"rounds": "api_rounds", "schema": "api_schema", "docs": "api_docs"}
        return Response({key: reverse(name, request=request) for key, name in names.items()})


@public_api
class RoundListView(ReleasedView):
    """Rounds with published results."""

    @extend_schema(responses=serializers.RoundSerializer(many=True), summary="Published rounds")
    def get(self, request: Request) -> Response:
        """All published rounds, newest reference period first."""
        return Response([_round(found) for found in published_rounds()])


@public_api
class RoundView(ReleasedView):
    """One round."""

    @extend_schema(responses=serializers.RoundSerializer, summary="One round")
    def get(self, request: Request, code: str) -> Response:
        """The round with its editions."""
        found = next((one for one in published_rounds() if one.round.code == code), None)
        if found is None:
            raise Http404
        return Response(_round(found))


@public_api
class KpiListView(ReleasedView):
    """Definitions of the indicators of a release."""

    @extend_schema(responses=serializers.KpiSerializer(many=True), parameters=[EDITION], summary="KPIs of a round")
    def get(self, request: Request, code: str) -> Response:
        """Each indicator with its definition, unit, direction of good and lineage."""
        release = self.release(request, code)
        keys = ("theme", "name", "definition", "why_it_matters", "kind", "unit", "direction", "lineage")
        rows = [
            {
                "kpi": table.kpi,
                "headline": table.indicator["headline"],
                **{key: table.indicator.get(key) for key in keys},
            }
            for table in release.tables.values()
        ]
        return Response(rows)


@public_api
class KpiDocumentView(ReleasedView):
    """The released bytes of one KPI: what the content hash is computed over."""

    @extend_schema(
        responses={(200, "application/json"): OpenApiTypes.OBJECT}, parameters=[EDITION], summary="Released document"
    )
    def get(self, request: Request, code: str, kpi: str) -> HttpResponse:
        """The canonical document, byte for byte."""
        release = self.release(request, code)
        body = release.tables.bodies().get(kpi)
        if body is None:
            raise Http404
        etag = f'"{release.content_hash}"'
        answer = HttpResponse(body, content_type="application/json", headers={"ETag": etag})
        return get_conditional_response(request._request, etag=etag, response=answer) or answer


@public_api
class PeerGroupListView(ReleasedView):
    """Peer groups of a release."""

    @extend_schema(
        responses=serializers.PeerGroupSerializer(many=True), parameters=[EDITION], summary="Peer groups of a round"
    )
    def get(self, request: Request, code: str) -> Response:
        """All groups that the release has figures or reasons for."""
        release = self.release(request, code)
        groups = {key: group for table in release.tables.values() for key, group in table.groups.items()}
        rows = [
            {
                "peer_group": key,
                "label": {
                    lang: label_peer_group(key, release.questionnaire, lang, release.round.unions) for lang in LANGUAGES
                },
                "terms": dict(group.terms),
            }
            for key, group in groups.items()
        ]
        return Response(rows)


@public_api
class ObservationListView(ReleasedView):
    """Released figures, filtered by KPI, peer group and statistic, as JSON or CSV."""

    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        responses={
            (200, "application/json"): serializers.ObservationPageSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
        parameters=[
            EDITION,
            OpenApiParameter("kpi", str, many=True, description="Code of a KPI; repeat for several"),
            OpenApiParameter("peer_group", str, many=True, description="Key of a peer group; repeat for several"),
            OpenApiParameter("statistic", str, many=True, description="Name of a statistic; repeat for several"),
            OpenApiParameter("format", str, enum=["json", "csv"], description="JSON without it"),
            OpenApiParameter("offset", int, description="Skip this many observations"),
            OpenApiParameter("limit", int, description=f"At most this many (default {PAGE}, at most {MOST})"),
        ],
        summary="Observations of a release",
    )
    def get(self, request: Request, code: str) -> Response:
        """A page of observations in the order of the release."""
        release = self.release(request, code)
        limit = whole_number(request, "limit", MOST) or PAGE
        offset = whole_number(request, "offset") or 0
        filters = {name: request.query_params.getlist(name) for name in ("kpi", "peer_group", "statistic")}
        count, rows = observations(release, **filters, offset=offset, limit=limit)
        following = None
        if offset + len(rows) < count:
            query = request.query_params.copy()
            query["offset"], query["limit"] = str(offset + len(rows)), str(limit)
            following = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        results = [asdict(row) for row in rows]
        answer = {"count": count, "next": following, "content_hash": release.content_hash, "results": results}
        return Response(
            answer,
            headers={"X-Total-Count": str(count)} | ({"Link": f'<{following}>; rel="next"'} if following else {}),
        )
