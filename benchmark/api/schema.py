"""How the OpenAPI schema speaks of our keys."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class KeyScheme(OpenApiAuthenticationExtension):
    """`Authorization: Api-Key <key>`."""

    target_class = "portal.api_access.KeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A key in a header."""
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Api-Key <key>"}
