"""The partners of the rehearsal: whose screen shows what, and which process is theirs."""

from __future__ import annotations

import msgspec


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    """One partner's screen: an adapter that receives for one recipient."""

    recipient: str
    client: str
    title: str
    module: str = "adapters.partner_desk"
    options: tuple[str, ...] = ()


SCREENS: tuple[Screen, ...] = (
    Screen(
        recipient="hmp-birmingham.reception",
        client="reception-desk",
        title="HMP Birmingham: reception",
        module="adapters.reception_desk",
        options=("--confirm-markers",),
    ),
    Screen(
        recipient="birmingham.coordinator",
        client="coordinator-screen",
        title="Scheme coordinator",
        module="adapters.coordinator",
    ),
    Screen(
        recipient="west-police.ladywood",
        client="neighbourhood-screen",
        title="Ladywood neighbourhood team",
        module="adapters.neighbourhood",
    ),
    Screen(recipient="probation.offender-manager", client="probation-screen", title="Probation offender manager"),
    Screen(recipient="west-police.offender-manager", client="police-screen", title="Police offender manager"),
    Screen(recipient="council.housing", client="housing-screen", title="Council housing"),
    Screen(recipient="turning-tide.workers", client="treatment-screen", title="Drug treatment"),
    Screen(recipient="hmp-birmingham.healthcare", client="healthcare-screen", title="HMP Birmingham: healthcare"),
    Screen(recipient="birmingham-court.bench", client="bench-screen", title="The bench (sentencer)"),
    Screen(recipient="birmingham-court.office", client="court-screen", title="Court office"),
    Screen(recipient="new-start.mentors", client="mentoring-screen", title="Mentoring charity"),
    Screen(recipient="ministry.public-protection", client="ministry-screen", title="Public protection unit"),
    Screen(
        recipient="hmp-birmingham.offender-management",
        client="offender-management-screen",
        title="HMP Birmingham: offender management",
    ),
    Screen(recipient="probation.enforcement", client="enforcement-screen", title="Probation enforcement"),
)

PUBLISHERS = (
    "scheme-list",
    "prison-feed",
    "probation-feed",
    "probation-cases",
    "ministry-cases",
    "council-tenancies",
    "treatment-records",
    "mentoring-records",
    "governance-office",
)
"""The systems that publish or ask, besides the screens."""
