"""A questionnaire as a file: our own format to the byte, an XLSForm, or a PDF of all questions."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.access import staff
from portal.roles import ANY_STAFF, RUNNING_ROUNDS
from surveys.importers.xlsform import write_xlsform
from surveys.questionnaire import QuestionnaireErrors, QuestionnaireFile, load_questionnaire
from surveys.selectors.rounds import questionnaire_version
from surveys.views.staff_drafts import draft_or_404

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@staff(ANY_STAFF)
@require_safe
def version_file(request: HttpRequest, code: str, version: str, form: str) -> HttpResponse:
    """A stored version; the YAML is the bytes that were loaded."""
    stored = questionnaire_version(code, version)
    if stored is None:
        raise Http404
    return _sent(stored.source, stored.file, form, f"{code}-{version}")


@staff(RUNNING_ROUNDS)
@require_safe
def draft_file(request: HttpRequest, draft_id: int, form: str) -> HttpResponse:
    """A draft as it is now; anything but the YAML only when it can be read."""
    draft = draft_or_404(draft_id)
    try:
        file = load_questionnaire(draft.source)
    except QuestionnaireErrors:
        file = None
    return _sent(draft.source, file, form, draft.title.replace(" ", "-"))


def _sent(source: str, file: QuestionnaireFile | None, form: str, name: str) -> HttpResponse:
    if form == "yaml":
        return _attached(source.encode("utf-8"), "application/yaml; charset=utf-8", f"{name}.yaml")
    if form == "xlsform" and file is not None:
        return _attached(write_xlsform(file), XLSX, f"{name}.xlsx")
    raise Http404


def _attached(content: bytes, kind: str, name: str) -> HttpResponse:
    safe = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-" for letter in name)
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{safe}"'})
