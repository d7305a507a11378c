"""Parsed indicator files by content hash."""

from functools import lru_cache

from benchmark.stats.indicators import IndicatorFile, load_indicators


@lru_cache(maxsize=32)
def parsed_indicators(content_hash: str, source: str) -> IndicatorFile:
    """The indicator definitions of a stored version; kept in memory, since a version never changes."""
    return load_indicators(source, source=content_hash)
