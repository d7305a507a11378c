"""Addresses of the API, version 1."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from benchmark.api import chosen, docs, views
from benchmark.api.schema import KeyScheme
from portal.access import public
from surveys.views.api_answers import AnswersView

__all__ = ["KeyScheme", "urlpatterns"]  # drf-spectacular finds the scheme of our keys once its class exists

urlpatterns = [
    path("", views.RootView.as_view(), name="api_root"),
    path("rounds/", views.RoundListView.as_view(), name="api_rounds"),
    path("rounds/<slug:code>/", views.RoundView.as_view(), name="api_round"),
    path("rounds/<slug:code>/kpis/", views.KpiListView.as_view(), name="api_kpis"),
    path("rounds/<slug:code>/kpis/<slug:kpi>/document/", views.KpiDocumentView.as_view(), name="api_document"),
    path("rounds/<slug:code>/peer-groups/", views.PeerGroupListView.as_view(), name="api_peer_groups"),
    path("rounds/<slug:code>/observations/", views.ObservationListView.as_view(), name="api_observations"),
    path("rounds/<slug:code>/chosen-groups/", chosen.ChosenGroupView.as_view(), name="api_chosen_groups"),
    path("rounds/<slug:code>/answers/", AnswersView.as_view(), name="api_answers"),
    path("schema/", public(SpectacularAPIView.as_view(throttle_classes=[])), name="api_schema"),
    path("docs/", docs.api_docs, name="api_docs"),
]
