"""Addresses of participants' pages: rounds, themes, submitting."""

from django.urls import path

from surveys.views import (
    participant_answering,
    participant_colleagues,
    participant_files,
    participant_review,
    participant_rounds,
    withdrawing,
)

# The fixed words come before the themes; a questionnaire file with a theme of that name is refused.
urlpatterns = [
    path("my/withdraw/", withdrawing.my_withdrawal, name="my_withdrawal"),
    path("my/rounds/", participant_rounds.my_rounds, name="my_rounds"),
    path("my/rounds/<slug:code>/", participant_rounds.my_round, name="my_round"),
    path("my/rounds/<slug:code>/answers/", participant_answering.my_autosave, name="my_autosave"),
    path("my/rounds/<slug:code>/questions/", participant_rounds.my_print, name="my_print"),
    path("my/rounds/<slug:code>/review/", participant_review.my_review, name="my_review"),
    path("my/rounds/<slug:code>/submit/", participant_review.my_submit, name="my_submit"),
    path("my/rounds/<slug:code>/receipt/", participant_review.my_receipt, name="my_receipt"),
    path("my/rounds/<slug:code>/receipt/<int:number>/", participant_review.my_receipt_file, name="my_receipt_file"),
    path("my/rounds/<slug:code>/reopen/", participant_review.my_reopen, name="my_reopen"),
    # With a hyphen, which no code of a theme has.
    path("my/rounds/<slug:code>/who-does-what/", participant_colleagues.my_themes, name="my_themes"),
    path("my/rounds/<slug:code>/change-history/<slug:question>/", participant_colleagues.my_history, name="my_history"),
    path("my/rounds/<slug:code>/answers-as-csv/", participant_files.my_answers_csv, name="my_answers_csv"),
    path("my/rounds/<slug:code>/by-file/", participant_files.my_files, name="my_files"),
    path("my/rounds/<slug:code>/by-file/workbook/", participant_files.my_workbook, name="my_workbook"),
    path("my/rounds/<slug:code>/by-file/<int:upload_id>/", participant_files.my_upload, name="my_upload"),
    path("my/rounds/<slug:code>/<slug:section>/", participant_answering.my_section, name="my_section"),
]
