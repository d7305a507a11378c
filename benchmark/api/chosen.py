"""Chosen peer groups in the API: the same function as the participants' page, over released figures alone."""

import json
from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from benchmark.api.views import EDITION, LANGUAGES, ReleasedView
from benchmark.selectors.chosen_groups import ChosenRelease, chosen_cells, chosen_group, group_cells, label_choice
from benchmark.selectors.releases import ReleaseView
from benchmark.stats.chosen import ChoiceError
from benchmark.stats.disclosure.cells import Cell
from benchmark.stats.release import cell_text
from portal.access import public_api

CONDITION = "in"
PROBLEMS = {
    "unreadable": "This is no condition: write dimension=category, for example in=sector=public.",
    "unknown": "This release has no such category; see peer-groups/.",
    "too_many": "Give at most 60 conditions.",
    "no_blocks": "This release has fixed peer groups only; see peer-groups/.",
    "no_strata": "Groups of this release cannot be put together by this dimension.",
}


class ChosenFigureSerializer(serializers.Serializer):
    """One figure of a chosen group, or why there is none."""

    statistic = serializers.CharField(help_text="mean, p50_approximate; of a fixed peer group all its statistics")
    value = serializers.CharField(help_text="The figure (decimal point); empty when there is none")
    status = serializers.CharField(help_text="released or suppressed")
    reason = serializers.CharField(help_text="Code of the reason when suppressed")


class ChosenKpiSerializer(serializers.Serializer):
    """One KPI of a chosen group."""

    kpi = serializers.CharField()
    n = serializers.CharField(help_text="Number of organisations behind the mean, or a band such as <5")
    asked = serializers.IntegerField(
        allow_null=True, help_text="How many fit the choice; null when that is not released"
    )
    blocks_used = serializers.ListField(child=serializers.CharField(), help_text="Blocks that the mean is made of")
    blocks_left_out = serializers.ListField(child=serializers.CharField(), help_text="Blocks whose mean is withheld")
    figures = ChosenFigureSerializer(many=True)


class ChosenGroupSerializer(serializers.Serializer):
    """A chosen group."""

    choice = serializers.DictField(child=serializers.ListField(), help_text="Chosen categories per dimension")
    label = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]  # DRF's own attribute
    peer_group = serializers.CharField(help_text="Key of the fixed peer group that it is; empty for a union of blocks")
    blocks = serializers.ListField(child=serializers.CharField(), help_text="Blocks that cover the choice")
    organisations = serializers.IntegerField(help_text="Organisations in these blocks, also those without an answer")
    also = serializers.ListField(child=serializers.CharField(), help_text="Keys of the groups that come along")
    content_hash = serializers.CharField(help_text="SHA-256 of the edition that the figures are made of")
    results = ChosenKpiSerializer(many=True)


@public_api
class ChosenGroupView(ReleasedView):
    """A peer group put together from filters."""

    @extend_schema(
        responses=ChosenGroupSerializer,
        parameters=[
            EDITION,
            OpenApiParameter(
                CONDITION, str, many=True, description="Condition such as sector=public; repeat: one dimension adds up"
            ),
        ],
        summary="A chosen peer group",
    )
    def get(self, request: Request, code: str) -> Response:
        """The fixed peer group that was chosen, or the smallest union of blocks that holds the choice: its mean is
        weighted by n, its median is the weighted middle of the medians of the blocks, an approximation."""
        release = self.release(request, code)
        try:
            found = chosen_group(release, request.query_params.getlist(CONDITION))
        except ChoiceError as error:
            raise ValidationError({CONDITION: [f"{PROBLEMS[error.problem]} {error.part[:60]}".strip()]}) from error
        return Response(
            {
                "choice": {name: list(codes) for name, codes in found.choice.items()},
                "label": {lang: label_choice(release, found.choice, lang) for lang in LANGUAGES},
                "peer_group": found.group,
                "blocks": list(found.plan.blocks),
                "organisations": found.plan.organisations,
                "also": list(found.plan.others),
                "content_hash": release.content_hash,
                "results": _fixed(release, found.group) if found.group else _blocks(found),
            }
        )


def _fixed(release: ReleaseView, key: str) -> list[dict[str, Any]]:
    return [
        {
            "kpi": table.kpi,
            "n": table.groups[key].n_text,
            "asked": table.groups[key].n,
            "blocks_used": [],
            "blocks_left_out": [],
            "figures": _figures(group_cells(table, key)),
        }
        for table in release.tables.values()
    ]


def _blocks(found: ChosenRelease) -> list[dict[str, Any]]:
    return [
        {
            "kpi": kpi,
            "n": json.dumps(figure.n),
            "asked": figure.asked,
            "blocks_used": list(figure.used),
            "blocks_left_out": list(figure.left_out),
            "figures": _figures(chosen_cells(figure)),
        }
        for kpi, figure in found.figures.items()
    ]


def _figures(cells: Iterable[Cell]) -> list[dict[str, str]]:
    return [
        {"statistic": cell.statistic, "value": cell_text(cell), "status": cell.status, "reason": cell.reason}
        for cell in cells
    ]
