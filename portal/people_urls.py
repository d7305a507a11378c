"""Addresses about people: invitations, colleagues, and what the administrator manages."""

from django.urls import path

from portal.views import colleagues, invitations, staff_people

urlpatterns = [
    path("invitation/<slug:token>/", invitations.invitation, name="invitation"),
    path("my/colleagues/", colleagues.colleagues, name="my_colleagues"),
    path("my/colleagues/second-step/", colleagues.second_step_rule, name="my_second_step_rule"),
    path("my/colleagues/<int:membership_id>/", colleagues.colleague, name="my_colleague"),
    path(
        "my/colleagues/invitations/<int:invitation_id>/<slug:change>/",
        colleagues.invitation_change,
        name="my_invitation",
    ),
    path("staff/people/", staff_people.people_list, name="staff_people"),
    path("staff/people/<int:user_id>/", staff_people.person, name="staff_person"),
    path(
        "staff/organisations/<int:organisation_id>/people/",
        staff_people.organisation_people,
        name="staff_organisation_people",
    ),
    path("staff/members/<int:membership_id>/", staff_people.member, name="staff_member"),
    path(
        "staff/invitations/<int:invitation_id>/<slug:change>/", staff_people.invitation_change, name="staff_invitation"
    ),
]
