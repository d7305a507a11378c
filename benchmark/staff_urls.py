"""Addresses of the foundation's pages about results."""

from django.urls import path

from benchmark.views import staff

urlpatterns = [
    path("staff/rounds/<slug:code>/editions/<int:edition>/", staff.staff_release, name="staff_release"),
    path(
        "staff/rounds/<slug:code>/editions/<int:edition>/<slug:kpi>/", staff.staff_release_kpi, name="staff_release_kpi"
    ),
]
