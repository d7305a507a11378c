"""Addresses of this app; one file per audience."""

from django.urls import include, path

urlpatterns = [
    path("", include("surveys.staff_urls")),
    path("", include("surveys.validating_urls")),
    path("", include("surveys.participant_urls")),
]
