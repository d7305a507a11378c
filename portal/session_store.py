"""Sessions in a table of our own that names the person (settings.SESSION_ENGINE), otherwise as Django keeps them.

The database's clock says when one ends: a web server whose clock is wrong opens none again and ends none too early.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models.functions import Now
from django.utils import timezone

from portal.kept_queries import KeptQuery
from portal.models import OpenSession

OPEN = KeptQuery(
    lambda place: (
        OpenSession.objects.filter(session_key=place("key"), expire_date__gt=Now())
        .annotate(read_at=Now())
        .defer("user")
    )
)


class SessionStore(DatabaseStore):
    """Django's store, with whose session it is in a column."""

    read_at: datetime | None = None  # by the database's clock; None for one that is not read from there

    @classmethod
    def get_model_class(cls) -> Any:
        """The table."""
        return OpenSession

    def _get_session_from_db(self) -> Any:
        row: Any = OPEN.one(key=self.session_key)
        if row is None:
            self._session_key = None
        else:
            self.read_at = row.read_at
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row to write."""
        row: Any = super().create_model_instance(data)
        row.user_id = int(data[SESSION_KEY]) if data.get(SESSION_KEY) else None
        row.expire_date = Now() + timedelta(seconds=self.get_expiry_age())
        return row

    def now(self) -> float:
        """Seconds of the epoch when this session was read, by the database's clock."""
        return (self.read_at or timezone.now()).timestamp()
