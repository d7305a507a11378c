"""What an outside auditor has: documents and exports in files, or our API on this machine; participants in a table."""

import csv
import io
import json
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from benchmark.services.attacking import Material
from benchmark.stats.attack.channels import Figure
from benchmark.stats.attack.reading import Participants
from portal.errors import InvalidInput

LOOPBACK = ("127.0.0.1", "::1", "localhost")
EXPORT = {"round", "edition", "kpi", "peer_group", "statistic", "value", "status", "n"}
SECONDS = 30


class Names:
    """Organisations as an auditor names them, numbered in order of appearance."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """The number of a name."""
        return self.numbers.setdefault(name, len(self.numbers) + 1)

    def names(self) -> dict[int, str]:
        """Names by number."""
        return {number: name for name, number in self.numbers.items()}


def read_participants(path: Path, names: Names) -> Participants:
    """`organisation`, optionally `holding`, and a column per dimension. Raises InvalidInput."""
    rows = _rows(path.read_bytes(), {"organisation"}, path.name)
    holdings = Names()
    attributes, holding = {}, {}
    for row in rows:
        i = names.number(row["organisation"])
        attributes[i] = {k: v for k, v in row.items() if v and k not in ("organisation", "holding")}
        if row.get("holding"):
            holding[i] = holdings.number(row["holding"])
    return Participants(attributes, holding)


def read_values(path: Path, names: Names) -> dict[str, dict[int, float]]:
    """`organisation`, `kpi`, `value`: what attackers know of themselves. Raises InvalidInput."""
    found: dict[str, dict[int, float]] = {}
    for row in _rows(path.read_bytes(), {"organisation", "kpi", "value"}, path.name):
        try:
            found.setdefault(row["kpi"], {})[names.number(row["organisation"])] = float(row["value"])
        except ValueError:
            raise InvalidInput(_("“%(value)s” is not a number.") % {"value": row["value"]}) from None
    return found


def file_materials(
    paths: Sequence[Path], participants: Participants, values: Mapping[str, Mapping[int, float]]
) -> list[Material]:
    """Documents and CSV exports as releases, oldest first by round code and edition. A figure that is in a document
    and in an export is compared between the two."""
    documents: dict[tuple[str, int], dict[str, bytes]] = {}
    exports: dict[tuple[str, int], dict[str, list[dict[str, str]]]] = {}
    for path in paths:
        data = path.read_bytes()
        if data.lstrip()[:1] == b"{":
            content = _json(data, path.name)
            if "cells" in content and "groups" not in content:
                _sort(exports, [{k: str(v) for k, v in cell.items()} for cell in content["cells"]])
                continue
            meta = content.get("meta", {})
            scene = (str(meta.get("round", "")), int(meta.get("edition", 1)))
            documents.setdefault(scene, {})[str(content.get("indicator", {}).get("code", path.stem))] = data
        else:
            _sort(exports, _rows(data, EXPORT, path.name))
    made = []
    for scene in sorted({*documents, *exports}):
        told = exports.get(scene, {})
        whole = {code: document_of(scene, code, rows) for code, rows in told.items()} | documents.get(scene, {})
        channels = {"export": dict(pair for rows in told.values() for pair in _texts(rows))}
        name = f"{scene[0]} edition {scene[1]}"
        made.append(Material(name, whole, participants, values, {}, channels if told else {}))
    if not made:
        raise InvalidInput(_("There is nothing to attack: give documents or exports."))
    return made


def api_materials(
    address: str, key: str, rounds: Sequence[str], participants: Participants, values: Mapping[str, Mapping[int, float]]
) -> list[Material]:
    """Released documents of these rounds, from the API of a portal on this machine. Raises InvalidInput."""
    if urlsplit(address).scheme != "http" or urlsplit(address).hostname not in LOOPBACK:
        raise InvalidInput(_("The attacker reads our own API on this machine only."))
    base, made = address.rstrip("/"), []
    for code in rounds:
        known = _get(f"{base}/rounds/{code}/", key)
        for edition in json.loads(known)["editions"]:
            kpis = json.loads(_get(f"{base}/rounds/{code}/kpis/?edition={edition}", key))
            documents = {
                one["kpi"]: _get(f"{base}/rounds/{code}/kpis/{one['kpi']}/document/?edition={edition}", key)
                for one in kpis
            }
            told = json.loads(_get(f"{base}/rounds/{code}/observations/?edition={edition}&limit=5000", key))
            channels = {"api": dict(_texts(told["results"]))}
            manifest = {"content_hash": told["content_hash"], "documents": len(documents)}
            made.append(Material(f"{code} edition {edition}", documents, participants, values, manifest, channels))
    return made


def document_of(scene: tuple[str, int], code: str, rows: Iterable[Mapping[str, str]]) -> bytes:
    """An export's rows of one indicator as a document. An export says neither legal range nor number of digits: any
    value is taken as possible, with three digits, two for quantiles of fewer than 30."""
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        n = row["n"]
        group = groups.setdefault(
            row["peer_group"], {"key": row["peer_group"], "n": int(n) if n.isdigit() else None, "cells": []}
        )
        cell: dict[str, Any] = {"statistic": row["statistic"], "status": row["status"]}
        text = row["value"]
        if text:
            cell |= {"value": float(text.lstrip("<>")), "coded": text[0] if text[0] in "<>" else ""}
        group["cells"].append(cell | ({"reason": row["reason"]} if row.get("reason") else {}))
    content = {
        "meta": {"round": scene[0], "edition": scene[1]},
        "indicator": {"code": code, "scale_type": "signed"},
        "policy": {"digits": 3, "quantile_digits": 2, "quantile_digits_below": 30},
        "groups": list(groups.values()),
    }
    return json.dumps(content, sort_keys=True).encode()


def _sort(exports: dict[tuple[str, int], dict[str, list[dict[str, str]]]], rows: Iterable[dict[str, str]]) -> None:
    for row in rows:
        scene = (row["round"], int(row["edition"]))
        exports.setdefault(scene, {}).setdefault(row["kpi"], []).append(row)


def _texts(rows: Iterable[Mapping[str, str]]) -> Iterable[tuple[Figure, str]]:
    for row in rows:
        if row["value"] and row["statistic"] != "n":
            yield Figure(row["kpi"], row["peer_group"], row["statistic"]), row["value"]


def _rows(data: bytes, wanted: set[str], name: str) -> list[dict[str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(_("“%(file)s” is no text in UTF-8.") % {"file": name}) from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = wanted - set(reader.fieldnames or ())
    if missing:
        raise InvalidInput(
            _("“%(file)s” has no column %(columns)s.") % {"file": name, "columns": ", ".join(sorted(missing))}
        )
    return [{key: value or "" for key, value in row.items() if key} for row in reader]


def _json(data: bytes, name: str) -> dict[str, Any]:
    try:
        content = json.loads(data)
    except ValueError:
        raise InvalidInput(_("“%(file)s” is not a released document.") % {"file": name}) from None
    return dict(content)


def _get(address: str, key: str) -> bytes:
    headers = {"Authorization": f"Api-Key {key}"} if key else {}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - http on this machine, checked above
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return bytes(answer.read())
    except OSError as error:
        raise InvalidInput(_("The API did not answer: %(error)s.") % {"error": error}) from None
