"""Background work of the benchmark."""

from benchmark.report_tasks import render_report
from benchmark.services import computing
from portal.services.jobs import Work, job_task

__all__ = ["compute_release", "render_report"]


@job_task("benchmark.compute_release")
def compute_release(work: Work) -> None:
    """Compute, protect and store the release of a frozen round edition; arguments: round, edition, by."""
    computing.compute_release(
        work.arguments["round"],
        work.arguments["edition"],
        by=work.arguments.get("by"),
        progress=work.progress,
        finishing=work.finishing,
    )
