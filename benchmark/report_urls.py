"""Addresses of reports: of one's own organisation, and for staff."""

from django.urls import path

from benchmark.views import reports

urlpatterns = [
    path("my/reports/", reports.my_reports, name="my_reports"),
    path("my/reports/create/", reports.my_report_create, name="my_report_create"),
    path("my/reports/<int:report_id>/", reports.my_report_file, name="my_report_file"),
    path("staff/rounds/<slug:code>/reports/", reports.staff_reports, name="staff_reports"),
    path("staff/rounds/<slug:code>/reports/create/", reports.staff_report_create, name="staff_report_create"),
    path("staff/reports/<int:report_id>/", reports.staff_report_file, name="staff_report_file"),
]
