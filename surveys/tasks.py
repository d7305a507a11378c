"""Background work of the surveys app."""

from celery import shared_task

from portal.models import User
from portal.services.jobs import Work, job_task
from portal.services.ticks import take_tick
from portal.tenancy import worker_scope
from surveys.services.checking import check_all, check_one
from surveys.services.freezing import freeze_round_edition
from surveys.services.queries import remind_of_queries


@job_task("surveys.freeze_round")
def freeze_round(work: Work) -> None:
    """Freeze the answers of a round edition; arguments: round, edition, by."""
    with worker_scope():
        by = User.objects.filter(pk=work.arguments.get("by") or 0).first()
    freeze_round_edition(
        work.arguments["round"],
        work.arguments["edition"],
        by=by,
        progress=work.progress,
        finishing=work.finishing,
    )


@job_task("surveys.check_submission")
def check_submission(work: Work) -> None:
    """Check what an organisation handed in; arguments: submission."""
    check_one(work.arguments["submission"], finishing=work.finishing)


@job_task("surveys.check_round")
def check_round(work: Work) -> None:
    """Check all submissions of a round; arguments: round."""
    check_all(work.arguments["round"], progress=work.progress, finishing=work.finishing)


@shared_task(name="surveys.remind_queries", ignore_result=True)
def remind_queries() -> None:
    """Beat, every hour: remind organisations of queries that have waited for a week."""
    take_tick("surveys.remind_queries")
    with worker_scope():
        remind_of_queries(by=None)
