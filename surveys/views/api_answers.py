"""Sending an organisation's own answers with its API key: the same saving, edits and conflicts as on the page."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
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
from surveys.questionnaire import AnswerStatus, Question, QuestionnaireFile, question_type
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
PART: dict[str, Any] = {"oneOf": PLAIN[:3]}
PARTS = {
    "type": "object",
    "additionalProperties": {"oneOf": [*PLAIN[:3], {"type": "object", "additionalProperties": PART}]},
    "description": "A value per part; of a matrix per row and column, or per `row.column`. Parts that are not named"
    " stay as they are; an empty text empties one.",
}
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


class EditSerializer(serializers.Serializer):
    """A remark about a stored answer, as the page shows it."""

    kind = serializers.ChoiceField(["hard", "soft"], help_text="hard: blocks handing in; soft: asks for a reason")
    code = serializers.CharField(help_text="The same from round to round")
    message = serializers.CharField(help_text="In the language of the call")
    questions = serializers.ListField(child=serializers.CharField(), help_text="Every question that it is about")
    explained = serializers.BooleanField(help_text="A reason was given for these values, or still holds from last time")


class AnswersSavedSerializer(serializers.Serializer):
    """What became of the answers."""

    saved = serializers.DictField(child=serializers.IntegerField(), help_text="Version of each answer that is stored")
    unread = serializers.DictField(
        child=serializers.CharField(), help_text="Stored as sent, but no answer to the question: why"
    )
    conflicts = serializers.DictField(
        child=serializers.IntegerField(), help_text="Not stored: there is another answer, with this version"
    )
    edits = serializers.DictField(
        child=EditSerializer(many=True), help_text="By question that was sent: what is impossible or unusual about it"
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
                return JsonResponse(_save(sheet, body, len(request.body), key_of(request).name))
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


def _save(sheet: AnswerSheet, body: dict[str, Any], size: int, program: str) -> dict[str, Any]:
    answers = body["answers"]
    if len(answers) > MAX_ANSWERS:
        raise InvalidInput(_("At most %(n)s answers at once.") % {"n": MAX_ANSWERS})
    typings = [_typing(sheet.file, storable(code), given, sheet.language) for code, given in answers.items()]
    kind = AnswerUpload.Kind.API
    begin_upload(sheet.organisation, sheet.round, kind=kind, name=program, size=size, by=None)
    submission = sheet.submission or start_submission(sheet.organisation, sheet.round, by=None)
    api = AnswerChange.Way.API
    language, before = sheet.language, sheet.previous
    stored = save_typings(submission, typings, by=None, language=language, way=api, program=program, before=before)
    record("answers.uploaded", subject=submission, by=None, organisation=sheet.organisation, answers=len(typings))
    return {
        "saved": {one.question: one.version for one in stored.saved if not one.conflict},
        "unread": {one.question: one.error for one in stored.saved if one.error},
        "conflicts": {one.question: one.version for one in stored.saved if one.conflict},
        "edits": _edits(replace(sheet, submission=submission, rows=stored.rows, previous=stored.before), typings),
    }


def _edits(sheet: AnswerSheet, typings: list[Typing]) -> dict[str, list[dict[str, Any]]]:
    """The remarks about what was sent, by question; one about several questions stands at each of them."""
    found: dict[str, list[dict[str, Any]]] = {}
    sent = [one.question for one in typings]
    for one in sheet.findings:
        told = {"kind": one.kind, "code": one.code, "message": one.message, "questions": list(one.questions)}
        for question in one.questions:
            if question in sent:
                found.setdefault(question, []).append({**told, "explained": one.code in sheet.explanations})
    return found


def _typing(file: QuestionnaireFile, code: str, given: Any, language: str) -> Typing:
    """One answer as sent. Raises InvalidInput for another shape."""
    given = given if isinstance(given, dict) and ("typed" in given or "status" in given) else {"typed": given}
    version, status = given.get("version", 0), given.get("status")
    is_version = isinstance(version, int) and not isinstance(version, bool) and 0 <= version <= MAX_VERSION
    is_status = status is None or (isinstance(status, str) and status in STATUSES)
    if not is_version or not is_status:
        raise _wrong(code)
    said = STATUSES[status] if status else AnswerStatus.ANSWERED
    question = file.question(code) if file.has_question(code) else None
    typed = _typed(question, code, given.get("typed", ""), language)
    return Typing(code, typed, int(said), version, partial=isinstance(typed, dict) and _has_parts(question))


def _has_parts(question: Question | None) -> bool:
    return question is not None and question_type(question).holding(question) == "parts"


def _typed(question: Question | None, code: str, typed: Any, language: str) -> Any:
    if isinstance(typed, list) and all(isinstance(one, str) for one in typed):
        return [storable(one) for one in typed]
    if not isinstance(typed, dict):
        return _text(code, typed, language)
    if question is None or not _has_parts(question):
        return {storable(part): _text(code, value, language) for part, value in typed.items()}
    flat = {storable(part): _text(code, value, language) for part, value in _cells(typed)}
    known = question_type(question).part_codes(question)
    for part in flat:
        if part not in known:
            words = {"part": part[:80], "code": code, "known": ", ".join(known), "example": _example(known)}
            raise InvalidInput(
                _("“%(part)s” is no part of “%(code)s”. Send %(example)s; its parts are: %(known)s.") % words
            )
    return flat


def _cells(typed: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The cells of `{"row": {"column": 5}}` and of `{"row.column": 5}`."""
    for part, value in typed.items():
        if isinstance(value, dict):
            yield from ((f"{part}.{column}", one) for column, one in value.items())
        else:
            yield part, value


def _example(known: Sequence[str]) -> str:
    """How a value of the first part is sent."""
    row, _dot, column = known[0].partition(".")
    return json.dumps({row: {column: 5} if column else 5})


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
    """Neither a value nor parts with a value each."""
    return InvalidInput(_("The answer to “%(code)s” is not written as it should be.") % {"code": code[:80]})
