"""The statements that read what was disclosed: the record of it, and the copies."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, literal_column, select

from hub.store.erasure_tables import data_keys
from hub.store.statements import ENTRY_SEALED
from hub.store.tables import copies, entries

DISCLOSURES = (
    ENTRY_SEALED.where(
        entries.c.kind == literal_column("'disclosure'"), entries.c.index < bindparam("before", type_=BigInteger)
    )
    .order_by(entries.c.index.desc())
    .limit(bindparam("most"))
)
"""What was disclosed, newest first, before a place in the record."""
BODY = (
    select(copies.c.body, data_keys.c.wrapped)
    .join(data_keys, data_keys.c.person == copies.c.person, isouter=True)
    .where(copies.c.id == bindparam("copy_id"))
)
"""One copy's bytes, and the data key under which they are sealed."""
