"""Background work of the surveys app."""

from portal.models import User
from portal.services.jobs import Work, job_task
from portal.tenancy import worker_scope
from surveys.services.freezing import freeze_round_edition


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
