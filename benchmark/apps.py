"""The benchmark app."""

from django.apps import AppConfig


class BenchmarkConfig(AppConfig):
    """See docs/ARCHITECTURE.md."""

    name = "benchmark"
