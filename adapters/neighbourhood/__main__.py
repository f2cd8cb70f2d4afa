"""``python -m adapters.neighbourhood``: a neighbourhood policing team."""

from adapters.partner_desk.command import desk_command
from adapters.partner_desk.desk import DeskKind

NEIGHBOURHOOD = DeskKind(
    title="A neighbourhood policing team",
    headings={
        "ppo.alert": "ALERT: on a scheme, and in police or prison hands",
        "release.notice": "COMING OUT to your area",
        "release.released": "OUT, to your area",
        "release.cancelled": "NOT coming out as told",
        "recall.at-large": "WANTED, thought to be in your area",
        "recall.rescinded": "NOT WANTED any more: the recall was taken back",
        "engagement.reported": "How they are engaging",
    },
)
main = desk_command(NEIGHBOURHOOD)

if __name__ == "__main__":
    main()
