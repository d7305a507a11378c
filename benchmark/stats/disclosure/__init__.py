"""Disclosure control: the only way from a raw Table to something that may be shown.

This package holds the primary rules, rounding and the reasons at the blanks. Secondary protection of the whole
family of tables and certificates join behind the same door, `protect`.
"""

from benchmark.stats.disclosure.policy import Policy, profile
from benchmark.stats.disclosure.protect import Cell, ProtectedGroup, ProtectedTable, protect
from benchmark.stats.disclosure.reasons import Reason, reason_text

__all__ = ["Cell", "Policy", "ProtectedGroup", "ProtectedTable", "Reason", "profile", "protect", "reason_text"]
