"""Organisations, people, tenancy, jobs, audit and mail: the portal's own tables."""

from portal.models.organisations import Membership, Organisation, OrganisationGroup
from portal.models.people import User
from portal.models.plumbing import ApiKey, AuditEntry, Job, OutboxMail

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Job",
    "Membership",
    "Organisation",
    "OrganisationGroup",
    "OutboxMail",
    "User",
]
