"""gunicorn's own lines in the format of all others (LOG_FORMAT, portal/logs.py); gunicorn.conf.py names this class."""

import os

from gunicorn.glogging import Logger

from portal.environment import is_production
from portal.logs import JsonFormatter


class ServerLog(Logger):
    """What the web server says of itself: where it listens, which process it replaced and why."""

    def setup(self, cfg: object) -> None:
        """As gunicorn, then as JSON where the portal's lines are."""
        super().setup(cfg)
        usual = "json" if is_production(os.environ) else "line"
        if os.environ.get("LOG_FORMAT", usual) == "json":
            for handler in self.error_log.handlers:
                handler.setFormatter(JsonFormatter())
