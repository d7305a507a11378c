"""Having a submission checked when it comes in; what the checks are is in `checking.py`."""

from django.utils.translation import gettext as _

from portal.models import Job, User
from portal.services.jobs import start_job
from surveys.models import Submission

CHECK_SUBMISSION = "surveys.check_submission"


def request_submission_check(submission: Submission, *, by: User | None) -> Job:
    """Have the worker check a submission; within the organisation's own scope, which never sees what is found."""
    return start_job(
        CHECK_SUBMISSION,
        key=f"submission-{submission.pk}-check",
        title=_("Checking the answers of %(organisation)s") % {"organisation": submission.organisation.name},
        by=by,
        arguments={"submission": submission.pk},
        organisation=submission.organisation,
    )
