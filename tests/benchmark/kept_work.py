"""Certified KPIs kept from one test to the next, and from one run to the next: the same work is not done twice.

The key says everything that decides the bytes, the engine's source included (`benchmark/demo/kept_work.py`).
"""

import os
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from benchmark.demo import kept_work as kept

FOLDER = Path(tempfile.gettempdir()) / f"portal-kept-work-{os.getuid()}"


def kept_work(round_id: int, edition: int) -> AbstractContextManager[None]:
    """Around the computation of a round in a test."""
    return kept.kept_work(round_id, edition, FOLDER)
