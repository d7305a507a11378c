"""Addresses of oversight: the audit log, keys, access, looking along, and people's data."""

from django.urls import path

from portal.views import api_keys, audit_log, oversight, personal_data, preview

urlpatterns = [
    path("staff/oversight/", oversight.oversight, name="oversight"),
    path("staff/oversight/audit/", audit_log.staff_audit, name="staff_audit"),
    path("staff/oversight/audit/csv/", audit_log.staff_audit_csv, name="staff_audit_csv"),
    path("staff/oversight/keys/", api_keys.staff_keys, name="staff_keys"),
    path("staff/oversight/keys/<int:key_id>/revoke/", api_keys.staff_key_revoke, name="staff_key_revoke"),
    path("staff/oversight/access/<int:organisation_id>/", oversight.staff_access, name="staff_access"),
    path("staff/oversight/access/<int:organisation_id>/csv/", oversight.staff_access_csv, name="staff_access_csv"),
    path("staff/oversight/people/", personal_data.staff_people_data, name="staff_people_data"),
    path("staff/oversight/people/<int:user_id>/", personal_data.staff_person_data, name="staff_person_data"),
    path("staff/oversight/people/<int:user_id>/export/", personal_data.staff_person_export, name="staff_person_export"),
    path("staff/oversight/people/<int:user_id>/erase/", personal_data.staff_person_erase, name="staff_person_erase"),
    path("staff/preview/<int:organisation_id>/", preview.staff_preview, name="staff_preview"),
    path("staff/preview/stop/", preview.staff_preview_stop, name="staff_preview_stop"),
    path("my/access/", oversight.my_access, name="my_access"),
    path("my/access/csv/", oversight.my_access_csv, name="my_access_csv"),
    path("my/access/log/", audit_log.my_audit, name="my_audit"),
    path("my/access/log/csv/", audit_log.my_audit_csv, name="my_audit_csv"),
    path("my/access/keys/", api_keys.my_keys, name="my_keys"),
    path("my/access/keys/<int:key_id>/revoke/", api_keys.my_key_revoke, name="my_key_revoke"),
]
