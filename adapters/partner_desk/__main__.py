"""``python -m adapters.partner_desk``: housing, treatment, courts, offender managers and any other partner."""

from adapters.partner_desk.command import desk_command
from adapters.partner_desk.desk import DeskKind

main = desk_command(DeskKind(title="A partner's desk"))

if __name__ == "__main__":
    main()
