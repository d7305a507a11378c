"""Who calls the API (portal/api_access.py): a key or nobody; read-only, published figures only."""

from portal.api_access import KeyAuthentication, ReadOnly

__all__ = ["KeyAuthentication", "ReadOnly"]
