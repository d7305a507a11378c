"""All addresses. Apps are named by string, so that the portal imports nothing upward."""

from allauth.account import views as account
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from portal.views import shell

sign_in = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/<slug:uidb36>-<str:key>/",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
]

urlpatterns = [
    path("health/", shell.health, name="health"),
    path("api/v1/", include("benchmark.api.urls")),
    *i18n_patterns(
        *sign_in,
        path("after-sign-in/", shell.after_sign_in, name="after_sign_in"),
        path("organisation/", shell.choose_organisation, name="choose_organisation"),
        path("staff/jobs/<int:job_id>/", shell.staff_job, name="staff_job"),
        path("my/jobs/<int:job_id>/", shell.my_job, name="my_job"),
        path("", include("surveys.urls")),
        path("", include("benchmark.urls")),
        prefix_default_language=False,
    ),
]
