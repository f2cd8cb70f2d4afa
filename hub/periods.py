"""How long each kind of thing that the hub keeps is kept."""

from __future__ import annotations

import msgspec


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """The periods after which something is erased. Of people on no scheme the agreement says how long."""

    record_years: float = 6
    """Years from the last that was said of somebody who is on no scheme any more, or from an end still to come."""
    copies_days: int = 90
    """Days from when a copy was made; sooner where the agreement has its holder delete it sooner."""
    held_days: int = 90
    """Days from when something was held, once nobody has to look at it any more."""
    station_hours: float = 96
    """Hours that somebody can be held at a police station (Police and Criminal Evidence Act 1984, section 44)."""
