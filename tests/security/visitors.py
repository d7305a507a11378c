"""Sessions and keys of a running portal, as JSON; runs with its environment: python -m tests.security.visitors"""

import json
import sys
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db.models.functions import Now  # noqa: E402
from django.test import Client  # noqa: E402

from portal.models import ApiKey, Membership, User  # noqa: E402
from portal.roles import FoundationRole, MemberRole  # noqa: E402
from portal.services.api_keys import issue_api_key  # noqa: E402
from portal.tenancy import staff_scope  # noqa: E402
from surveys.models import Round  # noqa: E402
from tests.sign_in import sign_in  # noqa: E402


def main() -> None:
    """Sign in a coordinator and an administrator; a key that works and one that does not; the codes of two rounds."""
    with staff_scope():
        member = Membership.objects.filter(role=MemberRole.COORDINATOR).select_related("user", "organisation").first()
        administrator = User.objects.filter(foundation_role=FoundationRole.ADMINISTRATOR).first()
        if member is None or administrator is None:
            sys.exit("no people here")
        organisation = member.organisation
        scopes = list(ApiKey.Scope)
        _key, good = issue_api_key("security", days=1, by=None, organisation=organisation, scopes=scopes)
        _key, free = issue_api_key("security", days=1, by=None, organisation=None, scopes=[ApiKey.Scope.READ])
        dead, bad = issue_api_key("security", days=1, by=None, organisation=organisation, scopes=scopes)
        ApiKey.objects.filter(pk=dead.pk).update(expires_at=Now() - timedelta(days=1))
        rounds = dict(Round.objects.order_by("pk").values_list("state", "code"))
    cookies = {}
    for name, user in (("coordinator", member.user), ("administrator", administrator)):
        client = Client()
        sign_in(client, user)
        cookies[name] = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    json.dump({"cookies": cookies, "key": good, "free_key": free, "dead_key": bad, "rounds": rounds}, sys.stdout)


if __name__ == "__main__":
    main()
