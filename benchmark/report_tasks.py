"""Background work of reports; imported by `tasks.py`, where Celery finds it."""

from benchmark.services import reports
from portal.services.jobs import Work, job_task


def _mark_failed(work: Work) -> None:
    reports.mark_failed(work.arguments["report"])


@job_task(reports.TASK, on_failure=_mark_failed)
def render_report(work: Work) -> None:
    """Render the report of one organisation; arguments: report, organisation."""
    reports.render_report(
        work.arguments["report"], work.arguments["organisation"], progress=work.progress, finishing=work.finishing
    )
