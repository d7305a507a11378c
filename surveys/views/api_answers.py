"""Sending an organisation's own answers with its API key: the same saving, edits and conflicts as on the page."""

import json
from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.access import by_key
from portal.api_access import key_of
from portal.errors import InvalidInput, PortalError
from portal.services.audit import record
from surveys.models import AnswerChange, AnswerUpload
from surveys.questionnaire import AnswerStatus
from surveys.selectors.answers import AnswerSheet, answer_sheet
from surveys.services.answers import Typing, save_typings, start_submission
from surveys.services.uploads import begin_upload
from surveys.workbook_file import number_text

MAX_BYTES = 1_000_000
MAX_ANSWERS = 1_000
STATUSES = {"not_applicable": AnswerStatus.NOT_APPLICABLE, "not_available": AnswerStatus.NOT_AVAILABLE}


@by_key("upload")
@require_POST
def api_answers(request: HttpRequest, code: str) -> JsonResponse:
    """Save answers: `{"language": "nl", "answers": {"calls": {"typed": "1.200", "version": 3}}}`.

    `typed` is what one would type on the page: a text, a number, a list of options, an object of parts; `status` says
    `not_available` or `not_applicable` instead. Without `version` (of the answer as the sender knows it; 0 for none
    yet) an answer that exists is not overwritten: it comes back under `conflicts` with its version.
    """
    organisation = key_of(request).organisation
    body = _body(request)
    language = "en" if body is not None and body.get("language") == "en" else "nl"
    sheet = answer_sheet(organisation, code, language, with_rows=False) if organisation else None
    if sheet is None or not (sheet.taking or sheet.submission):
        raise Http404
    with translation.override(language):
        try:
            if body is None:
                raise InvalidInput(_("Send JSON with “answers”: an object of questions."))
            return JsonResponse(_save(sheet, body, len(request.body)))
        except InvalidInput as error:
            return JsonResponse({"detail": str(error)}, status=422)
        except PortalError as error:
            return JsonResponse({"detail": str(error)}, status=409)


def _body(request: HttpRequest) -> dict[str, Any] | None:
    """The JSON object that was sent, or None when it is none, or too large."""
    if int(request.headers.get("Content-Length") or 0) > MAX_BYTES:
        return None
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and isinstance(body.get("answers"), dict) else None


def _save(sheet: AnswerSheet, body: dict[str, Any], size: int) -> dict[str, Any]:
    answers = body["answers"]
    if len(answers) > MAX_ANSWERS:
        raise InvalidInput(_("At most %(n)s answers at once.") % {"n": MAX_ANSWERS})
    typings = [_typing(str(code), given, sheet.language) for code, given in answers.items()]
    kind = AnswerUpload.Kind.TABLE
    begin_upload(sheet.organisation, sheet.round, kind=kind, name="API", size=size, by=None)
    submission = sheet.submission or start_submission(sheet.organisation, sheet.round, by=None)
    way = AnswerChange.Way.API
    stored = save_typings(submission, typings, by=None, language=sheet.language, way=way, before=sheet.previous)
    record("answers.uploaded", subject=submission, by=None, organisation=sheet.organisation, answers=len(typings))
    return {
        "saved": {one.question: one.version for one in stored.saved if not one.conflict},
        "unread": {one.question: one.error for one in stored.saved if one.error},
        "conflicts": {one.question: one.version for one in stored.saved if one.conflict},
    }


def _typing(code: str, given: Any, language: str) -> Typing:
    """One answer as sent. Raises InvalidInput for another shape."""
    given = given if isinstance(given, dict) and ("typed" in given or "status" in given) else {"typed": given}
    version, status = given.get("version", 0), given.get("status")
    if not isinstance(version, int) or isinstance(version, bool) or (status is not None and status not in STATUSES):
        raise InvalidInput(_("The answer to “%(code)s” is not written as it should be.") % {"code": code[:80]})
    return Typing(code, _typed(code, given.get("typed", ""), language), int(STATUSES.get(status, 0)), version)


def _typed(code: str, typed: Any, language: str) -> Any:
    if isinstance(typed, bool) or typed is None:
        typed = {True: "yes", False: "no", None: ""}[typed]
    if isinstance(typed, int | float):
        return number_text(float(typed), language)
    if isinstance(typed, list) and all(isinstance(one, str) for one in typed):
        return typed
    if isinstance(typed, dict):
        return {
            str(part): _typed(code, value, language) for part, value in typed.items() if not isinstance(value, dict)
        }
    if not isinstance(typed, str):
        raise InvalidInput(_("The answer to “%(code)s” is not written as it should be.") % {"code": code[:80]})
    return typed
