"""``python -m adapters.reception_desk``: a prison's reception."""

from adapters.partner_desk.command import desk_command
from adapters.partner_desk.desk import DeskKind

RECEPTION = DeskKind(
    title="A prison's reception",
    headings={
        "ppo.alert": "ALERT: here or arriving, and on a scheme. Mark the record and call",
        "ppo.remove-marker": "TAKE THE MARKER OFF the record: on no scheme any more",
        "custody.expected": "Expected here",
        "custody.received": "Received here",
        "custody.transferred": "Received here from another prison",
    },
)
main = desk_command(RECEPTION)

if __name__ == "__main__":
    main()
