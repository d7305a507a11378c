"""Addresses of validating: the foundation's boards and decisions, and what an organisation is asked."""

from django.urls import path

from surveys.views import participant_queries, staff_corrections, staff_many, staff_response, staff_validating

ROUND = "staff/rounds/<slug:code>"
ONE = f"{ROUND}/submissions/<int:organisation_id>"

urlpatterns = [
    path(f"{ROUND}/response/", staff_response.staff_response, name="staff_response"),
    path(f"{ROUND}/response/assign/", staff_many.staff_response_assign, name="staff_response_assign"),
    path(f"{ROUND}/response.csv", staff_response.staff_response_csv, name="staff_response_csv"),
    path(f"{ROUND}/mail/", staff_many.staff_round_mail, name="staff_round_mail"),
    path(f"{ROUND}/findings/", staff_response.staff_findings, name="staff_findings"),
    path(f"{ROUND}/check/", staff_response.staff_check_round, name="staff_check_round"),
    path(f"{ROUND}/queries/", staff_response.staff_queries, name="staff_queries"),
    path(f"{ROUND}/corrections/", staff_corrections.staff_corrections, name="staff_corrections"),
    path(f"{ONE}/", staff_validating.staff_submission, name="staff_submission"),
    path(f"{ONE}/<slug:action>/", staff_validating.staff_submission_change, name="staff_submission_change"),
    path("my/queries/", participant_queries.my_queries, name="my_queries"),
    path("my/queries/<int:query_id>/", participant_queries.my_query, name="my_query"),
    path("my/corrections/<slug:code>/", participant_queries.my_corrections, name="my_corrections"),
    path("my/corrections/<slug:code>/<slug:question>/", participant_queries.my_correct, name="my_correct"),
]
