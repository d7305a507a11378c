"""Where reports lie: MEDIA_ROOT/reports/<release>/<random name>.pdf; a file is there whole or not at all.

With PORTAL_S3_BUCKET they lie under the same names in that bucket, where web servers and workers on several machines
reach them alike. The portal itself hands them out: nobody gets an address of the bucket.
"""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

FOLDER = "reports"


def new_report_name(release_id: int) -> str:
    """A name that nobody can guess, relative to MEDIA_ROOT."""
    return f"{FOLDER}/{release_id}/{secrets.token_urlsafe(24)}.pdf"


def report_path(name: str) -> Path:
    """The file of this stored name; raises ValueError for a name that leads out of the folder of reports."""
    root = (Path(settings.MEDIA_ROOT) / FOLDER).resolve()
    path = (Path(settings.MEDIA_ROOT) / name).resolve()
    if not path.is_relative_to(root) or path == root:
        raise ValueError(f"not the name of a report: {name!r}")
    return path


def bucket() -> Storage | None:
    """Where reports lie when not on our own disk."""
    return storages["reports"] if "reports" in settings.STORAGES else None


def has_report(name: str) -> bool:
    """Whether the file is there."""
    path, elsewhere = report_path(name), bucket()
    return elsewhere.exists(name) if elsewhere else path.is_file()


def read_report(name: str) -> bytes:
    """The file's bytes; raises FileNotFoundError."""
    path, elsewhere = report_path(name), bucket()
    if elsewhere is None:
        return path.read_bytes()
    with elsewhere.open(name) as file:
        return bytes(file.read())


def write_report(name: str, data: bytes) -> None:
    """Write the file: to a temporary name in the same folder, to the disk, then in place. A second time replaces it."""
    path, elsewhere = report_path(name), bucket()
    if elsewhere is not None:
        elsewhere.save(name, ContentFile(data))  # one request: a bucket shows the old object or the new one
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the rename itself
    finally:
        os.close(folder)
