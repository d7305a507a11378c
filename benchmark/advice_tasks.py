"""Background work of advice on peer groups; imported by `tasks.py`, where Celery finds it."""

from benchmark.services import advising
from portal.services.jobs import Work, job_task


@job_task("benchmark.advise_release")
def advise_release(work: Work) -> None:
    """Try out merges and blocks; arguments: round, edition, by."""
    advising.advise_release(
        work.arguments["round"],
        work.arguments["edition"],
        by=work.arguments.get("by"),
        progress=work.progress,
        finishing=work.finishing,
    )
