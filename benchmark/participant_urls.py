"""Addresses of an organisation's own results; those of its reports are in report_urls.py."""

from django.urls import include, path

from benchmark.views import answers_pdf, chosen, participant, standing

urlpatterns = [
    path("", include("benchmark.report_urls")),
    path("my/rounds/<slug:code>/<slug:section>/standing/", standing.my_standing, name="my_standing"),
    path("my/rounds/<slug:code>/answers/pdf/", answers_pdf.my_answers_pdf, name="my_answers_pdf"),
    path("my/results/", participant.my_results, name="my_results"),
    path("my/results/<slug:code>/", participant.my_result_round, name="my_result_round"),
    path("my/results/<slug:code>/chosen-group/", chosen.my_chosen_group, name="my_chosen_group"),
    path("my/results/<slug:code>/<slug:kpi>/", participant.my_result_kpi, name="my_result_kpi"),
]
