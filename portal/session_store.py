"""Sessions in a table of our own that names the person (settings.SESSION_ENGINE), otherwise as Django keeps them."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from portal.kept_queries import KeptQuery
from portal.models import OpenSession

OPEN = KeptQuery(
    lambda place: OpenSession.objects.filter(session_key=place("key"), expire_date__gt=place("now")).defer("user")
)


class SessionStore(DatabaseStore):
    """Django's store, with whose session it is in a column."""

    @classmethod
    def get_model_class(cls) -> Any:
        """The table."""
        return OpenSession

    def _get_session_from_db(self) -> Any:
        row = OPEN.one(key=self.session_key, now=timezone.now())
        if row is None:
            self._session_key = None
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row to write."""
        row: Any = super().create_model_instance(data)
        row.user_id = int(data[SESSION_KEY]) if data.get(SESSION_KEY) else None
        return row
