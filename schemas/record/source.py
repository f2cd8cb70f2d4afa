"""Where a fact comes from. A court, police or prosecution record is not overwritten by self-report."""

from __future__ import annotations

from typing import Literal

Source = Literal[
    "court",
    "police",
    "prosecution",
    "prison",
    "probation",
    "youth-offending",
    "health",
    "council",
    "provider",
    "self-report",
]
