"""Answers by file: the questionnaire as a workbook, out and in, and figures from the export of a system."""

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from portal.access import participant
from portal.errors import InvalidInput, PortalError
from portal.roles import ANSWERING, READING_RESULTS
from portal.services.virus_scan import refuse_infected
from portal.spreadsheet import csv_lines
from portal.uploads import too_large
from surveys.forms.compared import last_answer_text
from surveys.forms.mapping import TOTALS, chosen_mapping, mapped_typings, mapping_rows, targets
from surveys.forms.question_fields import answer_text
from surveys.forms.uploading import changes_by
from surveys.forms.workbook_read import read_answers
from surveys.forms.workbook_write import write_workbook
from surveys.importers.system_export import as_content, fingerprint, read_export
from surveys.models import AnswerUpload
from surveys.selectors.answers import AnswerSheet
from surveys.services.uploads import (
    apply_upload,
    begin_upload,
    keep_content,
    mapping_of,
    remember_mapping,
    typings_in,
    upload_of,
)
from surveys.services.uploads import as_content as typings_as_content
from surveys.views.participant_sheet import crumbs, may_answer, person_of, sheet_or_404

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@participant(READING_RESULTS)
@require_GET
def my_workbook(request: HttpRequest, code: str) -> HttpResponse:
    """The questionnaire with the organisation's answers as a protected workbook."""
    sheet = sheet_or_404(request, code)
    response = HttpResponse(write_workbook(sheet), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{sheet.round.code}-{sheet.language}.xlsx"'
    return response


@participant(READING_RESULTS)
@require_GET
def my_answers_csv(request: HttpRequest, code: str) -> HttpResponse:
    """The organisation's own answers as CSV, a row per question, every cell a text."""
    sheet = sheet_or_404(request, code)
    header = (_("Theme"), _("Code"), _("Question"), _("Answer"), _("Last round"))
    rows = [
        (
            section.title.text(sheet.language),
            question.code,
            sheet.said(question.text),
            answer_text(question, sheet.rows.get(question.code), sheet),
            last_answer_text(sheet, question),
        )
        for section in sheet.file.sections
        for question in section.questions
    ]
    response = HttpResponse(b"".join(csv_lines(header, rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{sheet.round.code}-{sheet.language}.csv"'
    return response


@participant(ANSWERING)
@require_http_methods(["GET", "POST"])
def my_files(request: HttpRequest, code: str) -> HttpResponse:
    """Download the workbook, upload it again, or upload the export of a system. A POST reads and stores no answer."""
    sheet = sheet_or_404(request, code)
    if request.method == "GET":
        return _files_page(request, sheet)
    try:
        upload = _read(request, sheet)
    except PortalError as error:
        return _files_page(request, sheet, [str(error), *getattr(error, "problems", ())], 422)
    return redirect("my_upload", code, upload.pk)


def _read(request: HttpRequest, sheet: AnswerSheet) -> AnswerUpload:
    """Count the file and read it. Raises a PortalError."""
    kind = AnswerUpload.Kind.TABLE if request.POST.get("kind") == "table" else AnswerUpload.Kind.WORKBOOK
    given = request.FILES.get("file")
    if too_large(request):
        raise InvalidInput(_("The file is too large: at most %(n)s MB is read.") % {"n": 5})
    if not isinstance(given, UploadedFile) or not given.size:
        raise InvalidInput(_("Choose a file first."))
    name, person = given.name or "", person_of(request)
    upload = begin_upload(sheet.organisation, sheet.round, kind=kind, name=name, size=given.size, by=person)
    if not sheet.writable:
        raise InvalidInput(_("These answers cannot be changed now."))
    data = given.read()
    refuse_infected(data, by=person, organisation=sheet.organisation)
    if kind == AnswerUpload.Kind.WORKBOOK:
        read = read_answers(sheet, data)
        unusable = list(read.unusable)
        keep_content(upload, typings=typings_as_content(read.typings), language=read.language, unusable=unusable)
        return upload
    export = read_export(data, name)
    columns = export.columns
    questionnaire = sheet.round.version.questionnaire
    mapping = mapping_of(sheet.organisation, questionnaire, fingerprint(columns))
    told = {"totals": export.totals, "notes": export.notes}
    keep_content(upload, columns=as_content(columns), fingerprint=fingerprint(columns), language=sheet.language, **told)
    if mapping:
        _keep_mapped(sheet, upload, mapping)
    return upload


def _files_page(
    request: HttpRequest, sheet: AnswerSheet, problems: list[str] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "sheet": sheet,
        "problems": [{"id": "", "message": one} for one in problems or ()],
        "may_upload": sheet.writable and may_answer(request),
        "breadcrumbs": crumbs(sheet, _("Answers by file")),
    }
    return render(request, "surveys/submission/files.html", context, status=status)


@participant(ANSWERING)
@require_http_methods(["GET", "POST"])
def my_upload(request: HttpRequest, code: str, upload_id: int) -> HttpResponse:
    """What an uploaded file would change; a POST stores what is ticked, or what the columns of an export mean."""
    sheet = sheet_or_404(request, code)
    upload = upload_of(sheet, upload_id)
    if upload is None:
        raise Http404
    mapping_is_asked = "columns" in upload.content and ("typings" not in upload.content or "map" in request.GET)
    if request.method == "POST" and request.POST.get("step") == "map" and "columns" in upload.content:
        return _map(request, sheet, upload)
    if mapping_is_asked:
        return _mapping_page(request, sheet, upload)
    if request.method == "POST":
        return _confirm(request, sheet, upload)
    return _changes_page(request, sheet, upload)


def _confirm(request: HttpRequest, sheet: AnswerSheet, upload: AnswerUpload) -> HttpResponse:
    posted = ((name, value) for name, value in request.POST.items() if isinstance(value, str))
    ticked = {name.removeprefix("take-"): value for name, value in posted if name.startswith("take-")}
    try:
        stored = apply_upload(sheet, upload, ticked, by=person_of(request), language=upload.content["language"])
    except PortalError as error:
        return _changes_page(request, sheet, upload, [str(error)], 409)
    if any(one.conflict for one in stored.saved):
        problem = _("A colleague changed something in the meantime: look at it again. The rest was stored.")
        again = sheet_or_404(request, sheet.round.code)
        return _changes_page(request, again, upload, [problem], 409)
    count = len(stored.saved)
    messages.success(request, ngettext("%(n)s answer was stored.", "%(n)s answers were stored.", count) % {"n": count})
    return redirect("my_round", sheet.round.code)


def _changes_page(
    request: HttpRequest, sheet: AnswerSheet, upload: AnswerUpload, problems: list[str] | None = None, status: int = 200
) -> HttpResponse:
    changes = changes_by(sheet, typings_in(upload), upload.content["language"])
    context = {
        "sheet": sheet,
        "upload": upload,
        "changes": changes,
        "count": len({one.question for one in changes}),
        "notes": upload.content.get("notes", ()),
        "unusable": upload.content.get("unusable", ()),
        "problems": [{"id": "", "message": one} for one in problems or ()],
        "breadcrumbs": _crumbs(sheet, _("What changes")),
        "map_url": f"{reverse('my_upload', args=[sheet.round.code, upload.pk])}?map"
        if "columns" in upload.content
        else "",
    }
    return render(request, "surveys/submission/upload.html", context, status=status)


def _crumbs(sheet: AnswerSheet, here: str) -> list[dict[str, str]]:
    files = {"label": _("Answers by file"), "url": reverse("my_files", args=[sheet.round.code])}
    return [*crumbs(sheet), files, {"label": here, "url": ""}]


def _mapping_page(request: HttpRequest, sheet: AnswerSheet, upload: AnswerUpload) -> HttpResponse:
    columns = upload.content["columns"]
    known = mapping_of(sheet.organisation, sheet.round.version.questionnaire, upload.content["fingerprint"])
    answers = [{"value": code, "label": label} for code, label in targets(sheet).items()]
    context = {
        "sheet": sheet,
        "upload": upload,
        "rows": mapping_rows(columns, known, sheet.language),
        "options": [{"value": "", "label": _("do not use")}, *answers],
        "notes": upload.content.get("notes", ()),
        "has_totals": bool(upload.content.get("totals")),
        "counts_totals": bool(known.get(TOTALS, {}).get("count")),
        "breadcrumbs": _crumbs(sheet, _("Which column is what")),
    }
    return render(request, "surveys/submission/mapping.html", context)


def _map(request: HttpRequest, sheet: AnswerSheet, upload: AnswerUpload) -> HttpResponse:
    mapping = chosen_mapping(upload.content["columns"], targets(sheet), request.POST.dict())
    questionnaire, kept = sheet.round.version.questionnaire, upload.content["fingerprint"]
    remember_mapping(sheet.organisation, questionnaire, kept, mapping, by=person_of(request))
    _keep_mapped(sheet, upload, mapping)
    return redirect("my_upload", sheet.round.code, upload.pk)


def _keep_mapped(sheet: AnswerSheet, upload: AnswerUpload, mapping: dict[str, Any]) -> None:
    typings = mapped_typings(sheet, upload.content["columns"], mapping)
    keep_content(upload, typings=typings_as_content(typings), language=sheet.language)
