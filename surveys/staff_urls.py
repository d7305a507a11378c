"""Addresses of the foundation's pages: rounds, questionnaires, organisations."""

from django.urls import path

from surveys.views import (
    staff_drafts,
    staff_drafts_preview,
    staff_organisation,
    staff_organisations,
    staff_peer_groups,
    staff_questionnaire_files,
    staff_questionnaires,
    staff_rounds,
    staff_steps,
    withdrawing,
)

urlpatterns = [
    path("staff/rounds/", staff_rounds.round_list, name="staff_rounds"),
    path("staff/rounds/new/", staff_rounds.round_create, name="staff_round_create"),
    path("staff/rounds/<slug:code>/", staff_rounds.round_detail, name="staff_round"),
    path("staff/rounds/<slug:code>/flags/", staff_rounds.round_flags, name="staff_round_flags"),
    path("staff/rounds/<slug:code>/step/publish/", staff_steps.round_publish, name="staff_round_publish"),
    path("staff/rounds/<slug:code>/step/<slug:action>/", staff_steps.round_step, name="staff_round_step"),
    path("staff/rounds/<slug:code>/peer-groups/", staff_peer_groups.round_peer_groups, name="staff_round_peer_groups"),
    path(
        "staff/rounds/<slug:code>/peer-groups/<slug:change>/",
        staff_peer_groups.round_peer_groups_change,
        name="staff_round_peer_groups_change",
    ),
    path("staff/questionnaires/", staff_questionnaires.questionnaire_list, name="staff_questionnaires"),
    path(
        "staff/questionnaires/<slug:code>/<str:version>/",
        staff_questionnaires.questionnaire_detail,
        name="staff_questionnaire",
    ),
    path("staff/questionnaire-drafts/start/", staff_drafts.draft_start, name="staff_draft_start"),
    path("staff/questionnaire-drafts/<int:draft_id>/", staff_drafts.draft_detail, name="staff_draft"),
    path("staff/questionnaire-drafts/<int:draft_id>/change/", staff_drafts.draft_change, name="staff_draft_change"),
    path("staff/questionnaire-drafts/<int:draft_id>/publish/", staff_drafts.draft_publish, name="staff_draft_publish"),
    path(
        "staff/questionnaire-drafts/<int:draft_id>/preview/",
        staff_drafts_preview.draft_preview,
        name="staff_draft_preview",
    ),
    path(
        "staff/questionnaire-drafts/<int:draft_id>/file/<slug:form>/",
        staff_questionnaire_files.draft_file,
        name="staff_draft_file",
    ),
    path(
        "staff/questionnaire-drafts/<int:draft_id>/edit/<slug:place>/",
        staff_drafts.draft_edit,
        name="staff_draft_edit",
    ),
    path(
        "staff/questionnaires/<slug:code>/<str:version>/file/<slug:form>/",
        staff_questionnaire_files.version_file,
        name="staff_questionnaire_file",
    ),
    path("staff/organisations/", staff_organisations.organisation_list, name="staff_organisations"),
    path("staff/organisations/new/", staff_organisation.organisation_create, name="staff_organisation_create"),
    path("staff/organisations/groups/", staff_organisation.groups, name="staff_groups"),
    path("staff/organisations/groups/<int:group_id>/", staff_organisation.group, name="staff_group"),
    path("staff/organisations/<int:organisation_id>/", staff_organisation.organisation, name="staff_organisation"),
    path(
        "staff/organisations/<int:organisation_id>/change/",
        staff_organisation.organisation_change,
        name="staff_organisation_change",
    ),
    path(
        "staff/organisations/<int:organisation_id>/merge/",
        staff_organisation.organisation_merge,
        name="staff_organisation_merge",
    ),
    path("staff/organisations/<int:organisation_id>/withdraw/", withdrawing.staff_withdrawal, name="staff_withdrawal"),
]
