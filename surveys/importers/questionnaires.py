"""An uploaded questionnaire: our own file, or an XLSForm."""

from django.utils.translation import gettext as _

from portal.errors import InvalidInput
from surveys.importers.xlsform import read_xlsform

MAX_BYTES = 2_000_000


def read_upload(name: str, content: bytes) -> tuple[str, list[str]]:
    """(text of our format, what could not be taken over) of an uploaded file. Raises InvalidInput."""
    if len(content) > MAX_BYTES:
        raise InvalidInput(_("This file is too large for a questionnaire."))
    if name.lower().endswith((".xlsx", ".xls")) or content[:2] == b"PK":
        return read_xlsform(content)
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        raise InvalidInput(_("This file is not readable text: save it as UTF-8.")) from None
