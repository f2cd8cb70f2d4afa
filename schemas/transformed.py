"""What a transform calls the leaf that it makes of another, so that a leaf of a copy can be told by its path.

No library is needed to read it. What each transform does to a value is the hub's own matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TRANSFORMED: Final[Mapping[str, Mapping[str, str]]] = {
    "year": {"date_of_birth": "year_of_birth"},
    "five-years": {"date_of_birth": "born_in"},
    "district": {"postcode": "postcode_district"},
    "initials": {
        "forename": "forename_initials",
        "middle_names": "middle_initials",
        "surname": "surname_initials",
    },
    "initial": {"forename": "forename_initial"},
    "high-or-not": {"level": "high"},
    "band": {"sentence_months": "sentence_months_band"},
    "counts-in-bands": {"attended": "attended_band", "missed": "missed_band"},
    "pseudonym": {"value": "pseudonym"},
}
"""For each transform the names of leaves that it reads, and of those that it writes."""
