"""Addresses for everybody: the national overview, rounds, indicators and the method."""

from django.urls import path

from benchmark.views import public

urlpatterns = [
    path("", public.home, name="home"),
    path("method/", public.method, name="method"),
    path("rounds/<slug:code>/", public.round_overview, name="round_overview"),
    path("rounds/<slug:code>/<slug:kpi>.csv", public.kpi_csv, name="kpi_csv"),
    path("rounds/<slug:code>/<slug:kpi>/", public.kpi_page, name="kpi_page"),
]
