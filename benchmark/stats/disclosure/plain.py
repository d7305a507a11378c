"""Frozen dataclasses and arrays as bytes, and back: only of the kinds that a proof is made of, and nothing runs.

A head in canonical JSON, in which arrays are numbers (short ones are written out), and then the arrays. Equal data
gives equal bytes.
"""

import dataclasses
import json
import math
import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import Panel
from benchmark.stats.disclosure.cells import DOOR, Cell, ProtectedGroup, ProtectedTable
from benchmark.stats.disclosure.certificate import Certificate
from benchmark.stats.disclosure.shares_admission import ShareCertificate
from benchmark.stats.disclosure.witness import Claim, Witness
from benchmark.stats.disclosure.witness_shares import ShareClaim, ShareWitness
from benchmark.stats.kpis import KpiValues

MAGIC = b"PROOF\x00\x00\x01"
SHORT = 32  # arrays of at most so many items are written into the head
KINDS: Mapping[str, type] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            *(Panel, KpiValues, Cell, ProtectedGroup, ProtectedTable),
            *(Certificate, Claim, Witness, ShareCertificate, ShareClaim, ShareWitness),
        )
    }
)


class PlainError(ValueError):
    """Bytes that were not written here, or that were changed since."""


def to_bytes(data: Any) -> bytes:
    """The bytes of plain data, arrays and the dataclasses of `KINDS`; raises TypeError for anything else."""
    arrays: list[NDArray[Any]] = []
    tree = _down(data, arrays)
    table = [[one.dtype.str, list(one.shape)] for one in arrays]
    head = json.dumps({"tree": tree, "arrays": table}, sort_keys=True, allow_nan=False, separators=(",", ":")).encode()
    return b"".join((MAGIC, struct.pack("<Q", len(head)), head, *(one.tobytes() for one in arrays)))


def from_bytes(data: bytes) -> Any:
    """What `to_bytes` wrote; raises PlainError."""
    try:
        if data[:8] != MAGIC:
            raise PlainError("this is not a certificate")
        (length,) = struct.unpack("<Q", data[8:16])
        head = json.loads(data[16 : 16 + length])
        arrays, at = [], 16 + length
        for code, shape in head["arrays"]:
            kind = np.dtype(code)
            size = math.prod(shape) * kind.itemsize
            arrays.append(np.frombuffer(data[at : at + size], dtype=kind).reshape(shape))
            at += size
        if at != len(data):
            raise PlainError("the certificate has another length than it says")
        return _up(head["tree"], arrays)
    except (struct.error, json.JSONDecodeError, KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise PlainError(f"the certificate cannot be read: {error}") from error


def _down(one: Any, arrays: list[NDArray[Any]]) -> Any:
    if one is None or isinstance(one, (bool, str)):
        return one
    if isinstance(one, np.ndarray):
        if one.size <= SHORT:
            return {"a": [one.dtype.str, list(one.shape), [_down(item, arrays) for item in one.ravel().tolist()]]}
        arrays.append(np.ascontiguousarray(one))
        return {"@": len(arrays) - 1}
    if isinstance(one, (int, np.integer)):
        return int(one)
    if isinstance(one, (float, np.floating)):
        return float(one) if math.isfinite(one) else {"f": str(float(one))}
    if isinstance(one, Mapping):
        return {"m": [[_down(key, arrays), _down(value, arrays)] for key, value in one.items()]}
    if isinstance(one, (tuple, list)):
        return [_down(item, arrays) for item in one]
    if type(one).__name__ in KINDS:
        fields = dataclasses.fields(one)
        return {"%": type(one).__name__, "v": [_down(getattr(one, field.name), arrays) for field in fields]}
    raise TypeError(f"a {type(one).__name__} is no part of a certificate")


def _up(tree: Any, arrays: list[NDArray[Any]]) -> Any:
    if isinstance(tree, list):
        return tuple(_up(item, arrays) for item in tree)
    if not isinstance(tree, dict):
        return tree
    if "@" in tree:
        return arrays[tree["@"]]
    if "f" in tree:
        return float(tree["f"])
    if "a" in tree:
        code, shape, items = tree["a"]
        return np.array([_up(item, arrays) for item in items], dtype=np.dtype(code)).reshape(shape)
    if "m" in tree:
        return {_up(key, arrays): _up(value, arrays) for key, value in tree["m"]}
    kind = KINDS[tree["%"]]
    fields = [field.name for field in dataclasses.fields(kind)]
    if len(tree["v"]) > len(fields):
        raise PlainError(f"a {kind.__name__} has no so many parts")
    values = dict(zip(fields, (_up(item, arrays) for item in tree["v"]), strict=False))  # older ones may have fewer
    return kind(**values, door=DOOR) if kind is ProtectedTable else kind(**values)
