"""Background work of the benchmark."""

from celery import shared_task

from benchmark.advice_tasks import advise_release
from benchmark.report_tasks import render_report
from benchmark.services import computing
from portal.services.jobs import Work, job_task

__all__ = ["advise_release", "compute_release", "help_compute", "render_report"]


@job_task("benchmark.compute_release")
def compute_release(work: Work) -> None:
    """Compute, protect, certify and store the release of a frozen round edition; arguments: round, edition, by."""
    computing.compute_release(
        work.arguments["round"],
        work.arguments["edition"],
        by=work.arguments.get("by"),
        progress=work.progress,
        finishing=work.finishing,
        patience=computing.TURN_SECONDS,
        helpers=computing.HELPERS,
    )


@shared_task(name=computing.HELP, ignore_result=True)
def help_compute(round_id: int, edition: int) -> None:
    """Work along with `compute_release`; needs no job of its own, since the KPIs have leases."""
    computing.help_compute(round_id, edition)
