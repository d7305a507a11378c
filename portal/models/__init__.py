"""Organisations, people, tenancy, jobs, audit and mail: the portal's own tables."""

from portal.models.audit import AuditEntry, AuditSeal
from portal.models.invitations import Invitation
from portal.models.operation import Tick
from portal.models.organisations import Membership, Organisation, OrganisationGroup
from portal.models.people import User
from portal.models.plumbing import ApiKey, Job, OutboxMail
from portal.models.signing_in import FailedSignIn, OpenSession

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuditSeal",
    "FailedSignIn",
    "Invitation",
    "Job",
    "Membership",
    "OpenSession",
    "Organisation",
    "OrganisationGroup",
    "OutboxMail",
    "Tick",
    "User",
]
