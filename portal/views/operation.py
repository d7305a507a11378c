"""For whoever operates the portal: is this process alive, may requests be sent here, what waits."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal.access import identity
from portal.metrics import exposition
from portal.selectors.health import health
from portal.services.virus_scan import scanner_answers


@identity
@never_cache
@require_GET
def live(request: HttpRequest) -> JsonResponse:
    """This process answers; nothing else is looked at."""
    return JsonResponse({"status": "alive"})


@identity
@never_cache
@require_GET
def ready(request: HttpRequest) -> JsonResponse:
    """200 while requests can be answered, else 503; `work` says `late` when clock, broker or workers are not heard of,
    and `scanner` (where there is to be one) `away` when no uploaded file can be taken.

    Neither is a reason to send people away, who can read and answer all the same: alarms read the words.
    """
    now = health()
    if not now.is_ready:
        return JsonResponse({"status": "unavailable"}, status=503)
    told = {"status": "ready", "work": "on time" if now.works else "late"}
    scanner = scanner_answers()
    if scanner is not None:
        told["scanner"] = "answers" if scanner else "away"
    return JsonResponse(told)


@identity
@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers for Prometheus, for whoever sends the token; a page that does not exist for everybody else."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.PORTAL_METRICS_TOKEN or not constant_time_compare(given, settings.PORTAL_METRICS_TOKEN):
        raise Http404
    now = health()
    measures = {**now.measures, "ready": float(now.is_ready), "work_on_time": float(now.works)}
    if now.heartbeat_seconds is not None:
        measures["heartbeat_age_seconds"] = now.heartbeat_seconds
    if (scanner := scanner_answers()) is not None:
        measures["scanner_answers"] = float(scanner)
    text, kind = exposition(measures)
    return HttpResponse(text, content_type=kind)
