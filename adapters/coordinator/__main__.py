"""``python -m adapters.coordinator``: a scheme's coordinator."""

from adapters.partner_desk.command import desk_command
from adapters.partner_desk.desk import DeskKind

COORDINATOR = DeskKind(
    title="A scheme's coordinator",
    headings={
        "ppo.alert": "One of yours is in custody, or on the way there",
        "release.notice": "One of yours is coming out",
        "ppo.marker-confirmed": "Who holds the marker",
    },
)
main = desk_command(COORDINATOR)

if __name__ == "__main__":
    main()
