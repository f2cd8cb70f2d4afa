"""What a store promises of copies on their way to the broker: what is to be sent, in what order, what is missing."""

import datetime as dt

from sqlalchemy import select

from hub.store.port import Changes, DepartureRow, DoorRow
from hub.store.tables import departures
from tests.contract.store.conftest import NOON

MINUTE = dt.timedelta(minutes=1)


def door(recipient, state="open"):
    return {recipient: DoorRow(recipient=recipient, queue=f"queue-{recipient}", state=state)}


def departure(name, **facts):
    given = {"id": name, "entry": "e", "person": "p", "lane": "routine", "committed_at": NOON, "worker": "w"}
    return DepartureRow(**given | facts)


def sent(*names, at=NOON):
    return Changes(departed=[(name, at) for name in names])


def to_send(store, worker="w", before=NOON, limit=9):
    return [d.id for d in store.departures(worker, before=before, limit=limit)]


def test_doors(store, write, read):
    """A door is found while it is there, and the queue of an open one alone is told to the record."""
    write(Changes(doors=door("r") | door("s", "opening")))

    assert [*door("r").values(), *door("s", "opening").values()] == list(store.doors())
    assert ({"r": "queue-r"}, "opening") == read(
        lambda tx: (tx.close_record(["r", "s", "t"]).queues, tx.door("s").state)
    )

    write(Changes(doors=door("s") | {"r": None}))

    assert ({"s": "queue-s"}, None) == read(lambda tx: (tx.close_record(["r", "s"]).queues, tx.door("r")))


def test_what_departs(store, rows, write):
    """A departure has each copy once, with the queues of all who have it behind an open door and without a receipt."""
    first, second, third = rows.copy("r", "s", "http"), rows.copy("closing"), rows.copy("t", "gone", number=2)
    write(Changes(doors=door("r") | door("s") | door("t") | door("gone") | door("closing", "closing")))
    for made in (first, second, third):
        write(made)
    copy, last = first.copies[0], third.copies[0]
    write(Changes(departures=[departure("d")], received=[("gone", last.id, NOON)]))

    (found,) = store.departures("w", before=NOON, limit=9)

    assert ("d", "e", "p", "routine") == (found.id, found.entry, found.person, found.lane)
    assert {copy.id: {"queue-r", "queue-s"}, last.id: {"queue-t"}} == {c.copy: set(c.queues) for c in found.copies}
    assert {copy.body} == {c.body for c in found.copies}


def test_what_departs_again_to_one(store, rows, write):
    """A departure of one recipient has its copy and its queue alone; with a receipt there is nothing more to send."""
    made = rows.copy("r", "s")
    write(Changes(doors=door("r") | door("s")))
    write(made)
    write(Changes(departures=[departure("d", recipient="r")]))

    assert [("queue-r",)] == [c.queues for d in store.departures("w", before=NOON, limit=9) for c in d.copies]
    write(Changes(received=[("r", made.copies[0].id, NOON)]))
    assert [()] == [d.copies for d in store.departures("w", before=NOON, limit=9)]


def test_who_sends_what_and_when(store, write):
    """A worker is given its own departures that waited long enough, in the order of their commits, until they went."""
    later = departure("later", committed_at=NOON + MINUTE)
    write(Changes(departures=[departure("2"), departure("1"), departure("other", worker="v", person="q"), later]))

    assert ["2", "1"] == to_send(store)
    assert ["2"] == to_send(store, limit=1)
    assert ["2", "1", "later"] == to_send(store, before=NOON + MINUTE)
    write(sent("2"))
    assert ["1"] == to_send(store)


def test_what_is_urgent_goes_first(store, write):
    """However much that is routine was committed before, what is urgent is given first, each lane in its order."""
    urgent = [departure(name, lane="urgent", person=name) for name in ("alert", "recall")]
    write(Changes(departures=[departure("1"), departure("2"), *urgent, departure("3")]))

    assert ["alert", "recall", "1", "2", "3"] == to_send(store)
    assert ["alert"] == to_send(store, limit=1)


def test_what_is_earlier_goes_first(store, write, read):
    """What another worker has still to send of the same person and lane goes before; other lanes and people do not
    wait.
    """
    earlier = departure("earlier", worker="v")
    behind, lane, person = departure("behind"), departure("lane", lane="urgent"), departure("person", person="q")
    write(Changes(departures=[earlier, behind, lane, person]))

    assert ["lane", "person"] == to_send(store)
    unsent = {("p", "routine"): {"earlier", "behind"}, ("p", "urgent"): {"lane"}, ("q", "routine"): {"person"}}
    assert unsent == read(lambda tx: tx.close_record(people=["p", "q", "x"]).unsent)
    write(sent("earlier", "person", "lane"))
    assert ["behind"] == to_send(store)
    assert {("p", "routine"): {"behind"}} == read(lambda tx: tx.close_record(people=["p", "q"]).unsent)


def test_gaps(store, rows, write):
    """What was sent long ago without a receipt is missing; not what was sent again since, nor what is to be sent."""
    entries = {
        name: rows.copy("r", number=n, entry=name) for n, name in enumerate(("lost", "got", "again", "waits"), 1)
    }
    write(Changes(doors=door("r") | door("closed", "closing")))
    for changes in (*entries.values(), rows.copy("closed", entry="lost"), rows.copy("http", entry="lost")):
        write(changes)
    write(Changes(departures=[departure(name, entry=name) for name in ("lost", "got", "again")]))
    write(Changes(departures=[departure("more", entry="again", recipient="r"), departure("waits", entry="waits")]))
    write(sent("lost", "got", "again"))
    write(sent("more", at=NOON + 2 * MINUTE))
    write(Changes(received=[("r", entries["got"].copies[0].id, NOON)]))

    assert {"r": ["lost"]} == store.gaps(before=NOON + MINUTE, limit=9)
    assert {"r": ["lost", "again"]} == store.gaps(before=NOON + 2 * MINUTE, limit=9)
    assert {"r": ["lost"]} == store.gaps(before=NOON + 2 * MINUTE, limit=1)
    assert {} == store.gaps(before=NOON - MINUTE, limit=9)


def test_gaps_of_each(store, rows, write):
    """A recipient that does not read keeps nobody else's gaps from being seen, nor those of its own other lane."""
    write(Changes(doors=door("a") | door("b")))
    for n in range(1, 4):
        write(rows.copy("a", number=n, entry=f"unread-{n}"))
        write(Changes(departures=[departure(f"unread-{n}", entry=f"unread-{n}")]))
    write(rows.copy("a", number=4, entry="other-lane", lane="urgent"))
    write(rows.copy("b", number=1, entry="lost"))
    write(Changes(departures=[departure("other-lane", entry="other-lane"), departure("lost", entry="lost")]))
    write(sent("unread-1", "unread-2", "unread-3", "other-lane", "lost"))

    assert {"a": ["other-lane", "unread-1"], "b": ["lost"]} == store.gaps(before=NOON, limit=1)


def test_when_a_copy_left_by_the_broker(store, rows, write):
    """Behind the broker's door a copy left when it was sent first, to all or to its recipient; at the other door what
    goes to the broker says nothing; and a receipt takes nothing of it back.
    """
    made = rows.copy("r", "s", "http")
    write(Changes(doors=door("r") | door("s")))
    write(made)
    write(Changes(departures=[departure("all"), departure("again", recipient="r")]))

    def left():
        return [d.left_at for r in ("r", "s", "http") for d in store.deliveries(r, after=0, limit=9)]

    assert [None, None, None] == left()
    write(sent("again", at=NOON + MINUTE))
    assert [NOON + MINUTE, None, None] == left()
    write(sent("all"))
    assert [NOON, NOON, None] == left()
    write(Changes(received=[("r", made.copies[0].id, NOON + 5 * MINUTE)]))
    assert [NOON, NOON, None] == left()


def test_what_is_outstanding(store, rows, write):
    """What has not left and what left without a receipt are two things; what was received is neither."""
    kept, fetched, sent_off, done = rows.copy("h"), rows.copy("h", number=2), rows.copy("b"), rows.copy("b", number=2)
    write(Changes(doors=door("b")))
    for made in (kept, fetched, sent_off, done):
        write(made)
    write(Changes(departures=[departure("d", entry=sent_off.copies[0].entry)]))
    assert [("b", 2, 0), ("h", 2, 0)] == [(o.recipient, o.not_left, o.left) for o in store.outstanding()]

    write(Changes(left=[("h", fetched.copies[0].id, NOON)], received=[("b", done.copies[0].id, NOON)]))
    write(sent("d"))

    assert [("b", 0, 1), ("h", 1, 1)] == [(o.recipient, o.not_left, o.left) for o in store.outstanding()]


def forget(read, after=0, before=NOON + MINUTE, limit=9):
    return read(lambda tx: tx.forget_departures(after=after, before=before, limit=limit))


def kept(opened):
    """Return the departures that are in the store, sent or not, in their order."""
    with opened.store._reader.connect() as db:  # noqa: SLF001 - nobody else asks for those that were sent
        return list(db.execute(select(departures.c.id).order_by(departures.c.index)).scalars())


def test_what_is_needed_no_more_is_deleted(opened, rows, write, read):
    """A departure that was sent long ago stays while somebody behind the broker has no receipt of what it brought."""
    names = ("received", "lost", "again", "young", "waits", "http")
    entries = {name: rows.copy("r", number=n, entry=name) for n, name in enumerate(names[:5], 1)}
    write(Changes(doors=door("r")))
    for changes in (*entries.values(), rows.copy("s", entry="received"), rows.copy("s", number=2, entry="http")):
        write(changes)
    write(Changes(departures=[departure(name, entry=name) for name in names]))
    write(Changes(departures=[departure("other", entry="received", recipient="r")]))
    write(sent("received", "lost", "again", "http", "other"))
    write(sent("young", at=NOON + 2 * MINUTE))
    got = [("r", entries[name].copies[0].id, NOON) for name in ("received", "young", "waits")]
    write(Changes(received=got))
    write(Changes(departures=[departure("more", entry="again", recipient="r")]))

    assert forget(read) is None
    assert ["lost", "again", "young", "waits", "more"] == kept(opened)
    assert {"r": ["lost"]} == opened.store.gaps(before=NOON + MINUTE, limit=9)


def test_a_look_at_a_portion(opened, rows, write, read):
    """Of many departures so many are looked at that are asked for, and the next look begins behind them."""
    write(Changes(doors=door("r")))
    write(rows.copy("r", entry="lost"))
    names = ["a", "lost", "b", "c", "d"]
    write(Changes(departures=[departure(name, entry=name) for name in names]))
    write(sent(*names))

    places, left = [0], []
    while places[-1] is not None:
        places.append(forget(read, after=places[-1], limit=2))
        left.append(kept(opened))

    assert [["lost", "b", "c", "d"], ["lost", "d"], ["lost"]] == left


def test_when_a_copy_left_is_known_afterwards(opened, rows, write, read):
    """When a copy left by the broker is told as before when its departure is deleted."""
    made = rows.copy("r", "http")
    write(Changes(doors=door("r")))
    write(made)
    write(Changes(departures=[departure("all")]))
    write(sent("all"))
    copy = made.copies[0].id
    write(Changes(received=[("r", copy, NOON + 5 * MINUTE), ("http", copy, NOON + 6 * MINUTE)]))

    def left():
        return [d.left_at for r in ("r", "http") for d in opened.store.deliveries(r, after=0, limit=9)]

    before = left()
    forget(read)

    assert [] == kept(opened)
    assert [NOON, NOON + 6 * MINUTE] == before == left()


def test_what_is_to_be_sent_again(rows, write, read):
    """Of some entries a recipient's copies without a receipt come, with person and lane, in their numbers' order."""
    write(Changes(entries=[entry := rows.entry("p")]))
    first, second = rows.copy("r", number=1, entry=entry.id), rows.copy("r", number=2, entry=entry.id, lane="urgent")
    write(second)
    write(first)
    write(rows.copy("s", entry=entry.id))
    write(Changes(entries=[other := rows.entry("p")]))
    write(rows.copy("r", number=3, entry=other.id))

    told = [(entry.id, "p", "routine"), (entry.id, "p", "urgent")]
    assert told == list(read(lambda tx: tx.unreceipted_entries("r", [entry.id, "unknown"])))
    write(Changes(received=[("r", first.copies[0].id, NOON)]))
    assert told[1:] == list(read(lambda tx: tx.unreceipted_entries("r", [entry.id, "unknown"])))


def test_a_portion_of_what_is_to_be_sent(rows, write, read):
    """Of one lane the first copies behind a number come, with entry and person, and none that has its receipt."""
    write(Changes(entries=[entry := rows.entry("p")]))
    made = [rows.copy("r", number=n, entry=entry.id) for n in (1, 2, 3, 5)]
    for each in (*made, rows.copy("r", number=4, entry=entry.id, lane="urgent"), rows.copy("s", entry=entry.id)):
        write(each)
    write(Changes(received=[("r", made[1].copies[0].id, NOON)]))

    def backlog(after, limit):
        return list(read(lambda tx: tx.backlog("r", "routine", after=after, limit=limit)))

    assert [(1, entry.id, "p"), (3, entry.id, "p")] == backlog(0, 2)
    assert [(5, entry.id, "p")] == backlog(3, 2)
    assert [] == backlog(5, 2)


def test_what_departs_to_a_door_that_is_filled(store, rows, write):
    """A door that is being filled gets what waited for it, and nothing of what goes to all whose door is open."""
    write(Changes(doors=door("r", "filling") | door("s")))
    write(rows.copy("r", "s"))
    write(Changes(departures=[departure("all"), departure("waited", recipient="r")]))

    found = {d.id: [c.queues for c in d.copies] for d in store.departures("w", before=NOON, limit=9)}
    assert {"all": [("queue-s",)], "waited": [("queue-r",)]} == found


def test_how_far_a_door_is_filled(store, write, read):
    """A door that is being filled keeps up to where of each lane it is."""
    filling = DoorRow(recipient="r", queue="q", state="filling", urgent=3, routine=7)
    write(Changes(doors={"r": filling}))

    assert [filling] == list(store.doors())
    assert filling == read(lambda tx: tx.door("r"))


def test_who_is_suspended(store, write, read):
    """A suspension stands from its first word until it is taken back."""
    write(Changes(suspended={"police": (NOON, "operator"), "prison": (NOON, "operator")}))
    write(Changes(suspended={"police": (NOON + MINUTE, "operator")}))

    assert {"police": NOON, "prison": NOON} == store.suspensions()
    write(Changes(resumed=["police"]))
    assert {"prison"} == read(lambda tx: tx.suspended())


def test_who_was_admitted(store, write):
    """Of each system's tokens the newest one counts."""
    write(Changes(admitted={"c": NOON, "d": NOON}))
    write(Changes(admitted={"c": NOON + MINUTE}))

    assert {"c": NOON + MINUTE, "d": NOON} == store.admitted()
