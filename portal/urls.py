"""All addresses. Apps are named by string, so that the portal imports nothing upward."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from portal.views import operation, shell, well_known

handler400 = "portal.views.errors.unreadable"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.failed"

urlpatterns = [
    path(".well-known/security.txt", well_known.security_txt, name="security_txt"),
    path("health/", operation.ready, name="health"),
    path("health/live", operation.live, name="health_live"),
    path("health/ready", operation.ready, name="health_ready"),
    *([path("metrics", operation.metrics, name="metrics")] if settings.PORTAL_METRICS_TOKEN else []),
    path("api/v1/", include("benchmark.api.urls")),
    *i18n_patterns(
        path("", include("portal.sign_in_urls")),
        path("", include("portal.people_urls")),
        path("after-sign-in/", shell.after_sign_in, name="after_sign_in"),
        path("organisation/", shell.choose_organisation, name="choose_organisation"),
        path("staff/jobs/<int:job_id>/", shell.staff_job, name="staff_job"),
        path("my/jobs/<int:job_id>/", shell.my_job, name="my_job"),
        path("", include("portal.oversight_urls")),
        path("", include("surveys.urls")),
        path("", include("benchmark.urls")),
        prefix_default_language=False,
    ),
]
