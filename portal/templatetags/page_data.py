"""Data for the page's own modules: as text in an attribute, because inline scripts are refused."""

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder

from portal.models import User
from portal.services.draft_keys import draft_keys

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """JSON text, escaped by the template like all other text."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.simple_tag(takes_context=True)
def keys_of_drafts(context: Any) -> str:
    """Under which keys the reader's browser keeps what they typed (portal/js/autosave/box.js); empty for nobody."""
    user = context["request"].user
    return " ".join(draft_keys(user)) if isinstance(user, User) else ""
