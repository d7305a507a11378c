"""Addresses of participants' pages: rounds, themes, submitting."""

from django.urls import path

from surveys.views import participant_answering, participant_review, participant_rounds

# The fixed words come before the themes; a questionnaire file with a theme of that name is refused.
urlpatterns = [
    path("my/rounds/", participant_rounds.my_rounds, name="my_rounds"),
    path("my/rounds/<slug:code>/", participant_rounds.my_round, name="my_round"),
    path("my/rounds/<slug:code>/answers/", participant_answering.my_autosave, name="my_autosave"),
    path("my/rounds/<slug:code>/questions/", participant_rounds.my_print, name="my_print"),
    path("my/rounds/<slug:code>/review/", participant_review.my_review, name="my_review"),
    path("my/rounds/<slug:code>/submit/", participant_review.my_submit, name="my_submit"),
    path("my/rounds/<slug:code>/receipt/", participant_review.my_receipt, name="my_receipt"),
    path("my/rounds/<slug:code>/reopen/", participant_review.my_reopen, name="my_reopen"),
    path("my/rounds/<slug:code>/<slug:section>/", participant_answering.my_section, name="my_section"),
]
