"""Read by gunicorn when it is started in this folder: its own lines look like the portal's."""

logger_class = "portal.server_log.ServerLog"
