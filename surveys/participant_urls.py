"""Addresses of participants' pages: rounds, themes, submitting."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
