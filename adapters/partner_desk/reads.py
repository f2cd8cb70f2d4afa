"""The leaves that a desk uses, by their paths in an event: what it words, and what it knows a person by.

Whatever else is given is on the card as well, under the words of its path. The hub's directory has this list, so that
whoever changes an agreement is told when a desk would lose one of these.
"""

from __future__ import annotations

from typing import Final

READS: Final[frozenset[str]] = frozenset(
    {
        "contact.name",
        "contact.team",
        "contact.telephone",
        "custody.establishment",
        "custody.establishment_name",
        "custody.in_custody",
        "custody.station",
        "health.immediate_safety",
        "licence.conditions[].code",
        "licence.conditions[].scheme_wording",
        "licence.conditions[].wording",
        "marker_confirmations[].at",
        "marker_confirmations[].holder",
        "marker_confirmations[].prompted",
        "marker_confirmations[].state",
        "memberships[].adopted_on",
        "memberships[].contact.deputy_in_charge",
        "memberships[].contact.deputy_name",
        "memberships[].contact.deputy_telephone",
        "memberships[].contact.name",
        "memberships[].contact.telephone",
        "memberships[].ended_on",
        "memberships[].kind",
        "memberships[].lead",
        "memberships[].scheme",
        "memberships[].scheme_name",
        "memberships[].strands",
        "release.address.lines",
        "release.address.not_to_be_told",
        "release.address.postcode",
        "release.address.standing",
        "release.area",
        "release.date",
        "release.hour",
        "release.place",
        "release.previous_date",
        "subject.aliases[].date_of_birth",
        "subject.aliases[].forename",
        "subject.aliases[].surname",
        "subject.date_of_birth",
        "subject.forename",
        "subject.identifiers[].kind",
        "subject.identifiers[].value",
        "subject.middle_names",
        "subject.surname",
    }
)
