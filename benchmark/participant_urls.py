"""Addresses of an organisation's own results; those of its reports are in report_urls.py."""

from django.urls import include, path

from benchmark.views import participant

urlpatterns = [
    path("", include("benchmark.report_urls")),
    path("my/results/", participant.my_results, name="my_results"),
    path("my/results/<slug:code>/", participant.my_result_round, name="my_result_round"),
    path("my/results/<slug:code>/<slug:kpi>/", participant.my_result_kpi, name="my_result_kpi"),
]
