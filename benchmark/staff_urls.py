"""Addresses of the foundation's pages about results."""

from django.urls import path

from benchmark.views import questionnaire_pdf, staff, staff_gate
from benchmark.views import staff_policies as policies

urlpatterns = [
    path(
        "staff/questionnaires/<slug:code>/<str:version>/pdf/",
        questionnaire_pdf.staff_questionnaire_pdf,
        name="staff_questionnaire_pdf",
    ),
    path("staff/questionnaire-drafts/<int:draft_id>/pdf/", questionnaire_pdf.staff_draft_pdf, name="staff_draft_pdf"),
    path("staff/policies/", policies.staff_policies, name="staff_policies"),
    path("staff/policies/<slug:profile>/propose/", policies.staff_policy_propose, name="staff_policy_propose"),
    path("staff/policies/<slug:profile>/<int:version>/", policies.staff_policy, name="staff_policy"),
    path(
        "staff/policies/<slug:profile>/<int:version>/approve/",
        policies.staff_policy_approve,
        name="staff_policy_approve",
    ),
    path("staff/rounds/<slug:code>/editions/<int:edition>/", staff.staff_release, name="staff_release"),
    path(
        "staff/rounds/<slug:code>/editions/<int:edition>/gate.csv",
        staff_gate.staff_release_gate,
        name="staff_release_gate",
    ),
    path(
        "staff/rounds/<slug:code>/editions/<int:edition>/gate/advise/",
        staff_gate.staff_release_advise,
        name="staff_release_advise",
    ),
    path(
        "staff/rounds/<slug:code>/editions/<int:edition>/<slug:kpi>/", staff.staff_release_kpi, name="staff_release_kpi"
    ),
]
