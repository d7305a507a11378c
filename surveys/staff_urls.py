"""Addresses of the foundation's pages: rounds, questionnaires, organisations."""

from django.urls import path

from surveys.views import staff_organisations, staff_questionnaires, staff_rounds, staff_steps

urlpatterns = [
    path("staff/rounds/", staff_rounds.round_list, name="staff_rounds"),
    path("staff/rounds/new/", staff_rounds.round_create, name="staff_round_create"),
    path("staff/rounds/<slug:code>/", staff_rounds.round_detail, name="staff_round"),
    path("staff/rounds/<slug:code>/flags/", staff_rounds.round_flags, name="staff_round_flags"),
    path("staff/rounds/<slug:code>/step/<slug:action>/", staff_steps.round_step, name="staff_round_step"),
    path("staff/questionnaires/", staff_questionnaires.questionnaire_list, name="staff_questionnaires"),
    path(
        "staff/questionnaires/<slug:code>/<str:version>/",
        staff_questionnaires.questionnaire_detail,
        name="staff_questionnaire",
    ),
    path("staff/organisations/", staff_organisations.organisation_list, name="staff_organisations"),
]
