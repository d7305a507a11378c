"""Data for the page's own modules: as text in an attribute, because inline scripts are refused."""

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """JSON text, escaped by the template like all other text."""
    return json.dumps(value, cls=DjangoJSONEncoder)
