"""Uploaded files are read no further than any of our pages takes them, so that nobody fills the disk."""

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

LARGEST = 12_000_000  # bytes of one file; each page has a smaller limit of its own with a sentence of its own


class LargestUpload(FileUploadHandler):
    """Stops keeping a file that is larger; what came of it is dropped, and `too_large(request)` says so."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count, and skip the rest of a file that is too large."""
        self.received += len(raw_data)
        if self.received > LARGEST:
            if self.request is not None:
                self.request.upload_too_large = True  # type: ignore[attr-defined]
            raise SkipFile()
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler keeps the file."""
        return


def too_large(request: HttpRequest) -> bool:
    """Whether a file of this request was dropped because of its size."""
    return bool(getattr(request, "upload_too_large", False))
