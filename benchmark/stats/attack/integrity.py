"""Whether released bytes are the ones that were released (T11), from the hashes that were published with them.

A document is named by the SHA-256 of its bytes; a release by the SHA-256 over the sorted pairs of indicator code and
document hash, as JSON without spaces and with a newline at the end. One altered digit changes both.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping


def hash_of(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def release_hash(documents: Mapping[str, bytes]) -> str:
    """The hash that names a release; `documents` by indicator code."""
    pairs = [[code, hash_of(documents[code])] for code in sorted(documents)]
    return hash_of(json.dumps(pairs, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def altered(documents: Mapping[str, bytes], manifest: Mapping[str, object]) -> list[str]:
    """What does not agree with the manifest: nothing when the bytes are the released ones.

    `manifest`: with `content_hash`, and `documents` their number or their hashes by code.
    """
    found = []
    if release_hash(documents) != manifest.get("content_hash"):
        found.append("the release's hash is not the one in the manifest")
    listed = manifest.get("documents")
    if isinstance(listed, int) and listed != len(documents):
        found.append(f"{len(documents)} documents, the manifest says {listed}")
    if isinstance(listed, Mapping):
        wrong = sorted(code for code in {*listed, *documents} if hash_of(documents.get(code, b"")) != listed.get(code))
        found += [f"the document of {code} has another hash" for code in wrong]
    return found


def one_digit_altered(data: bytes) -> Iterator[bytes]:
    """Every way to put another digit in place of one (the next one, 9 becomes 0)."""
    for place, byte in enumerate(data):
        if 48 <= byte <= 57:
            yield data[:place] + bytes([48 + (byte - 47) % 10]) + data[place + 1 :]
