"""Addresses of the foundation's pages: rounds, questionnaires, organisations."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
