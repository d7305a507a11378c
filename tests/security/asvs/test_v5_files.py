"""ASVS V5: files of people lie where no address leads."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client


def test_no_folder_that_is_served_holds_what_people_send_or_get() -> None:
    served, kept = Path(settings.STATIC_ROOT).resolve(), Path(settings.MEDIA_ROOT).resolve()
    assert not kept.is_relative_to(served)
    assert not served.is_relative_to(kept)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/media/", "/files/", "/reports/a.pdf", "/static/../files/", "/uploads/x.xlsx"])
def test_no_address_leads_to_files_by_their_name(path: str) -> None:
    assert Client().get(path).status_code == 404
