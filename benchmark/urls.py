"""Addresses of the benchmark: results for the public, for participants and for staff."""

from django.urls import include, path

urlpatterns = [
    path("", include("benchmark.public_urls")),
    path("", include("benchmark.participant_urls")),
    path("", include("benchmark.staff_urls")),
    path("", include("benchmark.report_urls")),
]
