"""Sending an organisation's own answers with its API key: the same saving, edits and conflicts as on the page."""

import json
from typing import Any

from django.http import Http404, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from portal.access import by_key
from portal.api_access import KeyAuthentication, key_of
from portal.errors import InvalidInput, PortalError
from portal.readable import storable
from portal.services.audit import record
from surveys.models import AnswerChange, AnswerUpload
from surveys.questionnaire import AnswerStatus
from surveys.selectors.answers import AnswerSheet, answer_sheet
from surveys.services.answers import Typing, save_typings, start_submission
from surveys.services.uploads import begin_upload
from surveys.workbook_file import number_text

MAX_BYTES = 1_000_000
MAX_ANSWERS = 1_000
MAX_VERSION = 2**31 - 1
STATUSES = {"not_available": AnswerStatus.NOT_AVAILABLE, "not_applicable": AnswerStatus.NOT_APPLICABLE}

# What is sent, as the schema says it. DRF's serializers cannot say "a text or a number or …".
PLAIN: list[dict[str, Any]] = [
    {"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "array", "items": {"type": "string"}},
]  # fmt: skip
PARTS = {"type": "object", "additionalProperties": {"oneOf": PLAIN[:3]}, "description": "A value per part"}
SENT = {
    "type": "object",
    "required": ["answers"],
    "properties": {
        "language": {"type": "string", "enum": ["nl", "en"], "default": "nl", "description": "How numbers are written"},
        "answers": {
            "type": "object",
            "maxProperties": MAX_ANSWERS,
            "description": "By code of the question",
            "additionalProperties": {
                "oneOf": [
                    *PLAIN,
                    PARTS,
                    {
                        "type": "object",
                        "properties": {
                            "typed": {"oneOf": [*PLAIN, PARTS]},
                            "status": {"type": "string", "enum": list(STATUSES)},
                            "version": {
                                "type": "integer",
                                "minimum": 0,
                                "maximum": MAX_VERSION,
                                "default": 0,
                                "description": "Of the answer as the sender knows it; 0 for none yet",
                            },
                        },
                    },
                ]
            },
        },
    },
    "example": {"language": "nl", "answers": {"calls": {"typed": "1.200", "version": 3}, "outsources": False}},
}


class AnswersSavedSerializer(serializers.Serializer):
    """What became of the answers."""

    saved = serializers.DictField(child=serializers.IntegerField(), help_text="Version of each answer that is stored")
    unread = serializers.DictField(
        child=serializers.CharField(), help_text="Stored as sent, but no answer to the question: why"
    )
    conflicts = serializers.DictField(
        child=serializers.IntegerField(), help_text="Not stored: there is another answer, with this version"
    )


class RefusedSerializer(serializers.Serializer):
    """Why nothing was done."""

    detail = serializers.CharField()


REFUSALS = {
    401: "No key, or one that is unknown, expired or revoked",
    403: "A key that may not send answers",
    404: "No such round, or none that this organisation answers",
    409: "The round is closed, or the answers were handed in",
    415: "Another charset than UTF-8",
    422: "Not written as it should be, an unknown question, or too much at once",
    429: "Too many calls; see Retry-After",
}


@by_key("upload")
class AnswersView(APIView):
    """Answers of the organisation that the key belongs to."""

    authentication_classes = (KeyAuthentication,)
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)

    @extend_schema(
        operation_id="rounds_answers_save",
        summary="Send own answers",
        request={"application/json": SENT},
        responses={200: AnswersSavedSerializer}
        | {status: OpenApiResponse(RefusedSerializer, description=why) for status, why in REFUSALS.items()},
        auth=[{"ApiKey": []}],  # type: ignore[list-item]  # a mapping, as the schema has it
    )
    def post(self, request: Request, code: str) -> JsonResponse:
        """Save answers, as if typed on the page. A value is what one would type: a text, a number, yes or no as a
        boolean, a list of options, an object of parts. `status` says that there is none. Without `version` an answer
        that exists is not overwritten: it comes back under `conflicts` with its version."""
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


def _body(request: Request) -> dict[str, Any] | None:
    """The JSON object that was sent, or None when it is none, or too large."""
    size = request.headers.get("Content-Length") or "0"
    if not size.isdecimal() or len(size) > 12 or int(size) > MAX_BYTES:
        return None
    try:
        body = json.loads(request.body, parse_constant=_no_number)
    except (ValueError, RecursionError):  # also a number of more digits than Python reads
        return None
    return body if isinstance(body, dict) and isinstance(body.get("answers"), dict) else None


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _save(sheet: AnswerSheet, body: dict[str, Any], size: int) -> dict[str, Any]:
    answers = body["answers"]
    if len(answers) > MAX_ANSWERS:
        raise InvalidInput(_("At most %(n)s answers at once.") % {"n": MAX_ANSWERS})
    typings = [_typing(storable(code), given, sheet.language) for code, given in answers.items()]
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
    is_version = isinstance(version, int) and not isinstance(version, bool) and 0 <= version <= MAX_VERSION
    is_status = status is None or (isinstance(status, str) and status in STATUSES)
    if not is_version or not is_status:
        raise _wrong(code)
    said = STATUSES[status] if status else AnswerStatus.ANSWERED
    return Typing(code, _typed(code, given.get("typed", ""), language), int(said), version)


def _typed(code: str, typed: Any, language: str) -> Any:
    if isinstance(typed, list) and all(isinstance(one, str) for one in typed):
        return [storable(one) for one in typed]
    if isinstance(typed, dict):
        return {storable(part): _text(code, value, language) for part, value in typed.items()}
    return _text(code, typed, language)


def _text(code: str, typed: Any, language: str) -> str:
    """One value as somebody would type it on a page in `language`."""
    if isinstance(typed, bool) or typed is None:
        return {True: "yes", False: "no", None: ""}[typed]
    if isinstance(typed, int):
        return str(typed)
    if isinstance(typed, float):
        return number_text(typed, language)
    if not isinstance(typed, str):
        raise _wrong(code)
    return storable(typed)


def _wrong(code: str) -> InvalidInput:
    return InvalidInput(_("The answer to “%(code)s” is not written as it should be.") % {"code": code[:80]})
