"""What a store promises of its answers: which rows, in which order, and for whom."""

import datetime as dt

from hub.store.erasure_port import HoldRow
from hub.store.port import Changes, DepartureRow, DoorRow
from tests.contract.store.conftest import NOON

DAY = dt.timedelta(days=1)
ALL = {"urgent_after": 0, "routine_after": 0, "limit": 99}


def receipt(recipient, *copies):
    return Changes(received=[(recipient, copy, NOON + DAY) for copy in copies])


def merge(*several):
    """Several changes as one."""
    whole = Changes(copies=[], mail=[])
    for changes in several:
        whole.copies.extend(changes.copies)
        whole.mail.extend(changes.mail)
    return whole


def test_people_are_found_by_any_of_their_keys(rows, write, read):
    """A person is found by each key that was kept, with the keys that found them, and by no other."""
    write(Changes(people=rows.person("p") | rows.person("q"), keys={"p": (b"1" * 32, b"2" * 32), "q": (b"2" * 32,)}))

    found = read(lambda tx: tx.find([b"2" * 32, b"3" * 32]))

    assert {"p": frozenset({b"2" * 32}), "q": frozenset({b"2" * 32})} == found
    assert {} == read(lambda tx: tx.find([]))


def test_the_keys_of_a_person_are_replaced_whole(rows, write, read):
    """Keys that are written anew take the place of all former ones."""
    write(Changes(people=rows.person("p"), keys={"p": (b"1" * 32, b"2" * 32)}))
    write(Changes(keys={"p": (b"3" * 32,)}))

    assert {"p": {b"3" * 32}} == read(lambda tx: tx.keys_of(["p", "q"]))
    assert {} == read(lambda tx: tx.find([b"1" * 32]))


def test_a_merged_person_is_found_under_the_old_id(store, rows, write, read):
    """Somebody merged into another, and that one into a third, is found under every id that they had."""
    write(Changes(people=rows.person("a") | rows.person("b") | rows.person("c", state=b"kept")))
    write(Changes(people=rows.person("a", merged_into="b")))
    write(Changes(people=rows.person("b", merged_into="c")))

    assert {"a": b"kept", "b": b"kept"} == read(lambda tx: tx.people(["a", "b"]))
    assert {"a", "b", "c"} == store.formerly("c")


def test_mail_waits_urgent_first_and_by_number(store, rows, write):
    """Copies wait urgent before routine, each lane by number, and no more of them than asked for."""
    made = [
        rows.copy("r", number=n, lane=lane)
        for n, lane in ((1, "routine"), (2, "urgent"), (3, "routine"), (4, "urgent"))
    ]
    write(merge(*made))

    assert [2, 4, 1, 3] == [w.number for w in store.waiting("r", **ALL)]
    assert [2, 4, 1] == [w.number for w in store.waiting("r", **ALL | {"limit": 3})]
    assert [4, 3] == [w.number for w in store.waiting("r", urgent_after=2, routine_after=1, limit=9)]
    assert [] == list(store.waiting("other", **ALL))


def test_a_copy_with_a_receipt_waits_no_more(store, rows, write, read):
    """A receipt ends the waiting of one recipient's copy, and of nobody else's."""
    made = rows.copy("r", "s")
    (copy,) = (c.id for c in made.copies)
    write(made)

    assert {copy} == read(lambda tx: tx.unreceipted("r", [copy, "unknown"]))
    write(receipt("r", copy))

    assert frozenset() == read(lambda tx: tx.unreceipted("r", [copy]))
    assert [] == list(store.waiting("r", **ALL))
    assert [copy] == [w.copy for w in store.waiting("s", **ALL)]


def test_where_a_copy_stands(store, rows, write):
    """Committed, left and received are three moments; the first word on each stands, and a receipt implies that it
    left.
    """
    one, two = rows.copy("r", number=1), rows.copy("r", number=2)
    first, second = one.copies[0].id, two.copies[0].id
    write(merge(one, two))

    write(Changes(left=[("r", first, NOON + DAY)]))
    write(Changes(left=[("r", first, NOON + 2 * DAY)]))
    write(receipt("r", second))
    write(Changes(received=[("r", second, NOON + 9 * DAY)]))

    stands = [(d.number, d.committed_at, d.left_at, d.received_at) for d in store.deliveries("r", after=0, limit=9)]
    assert [(1, NOON, NOON + DAY, None), (2, NOON, NOON + DAY, NOON + DAY)] == stands
    assert [2] == [d.number for d in store.deliveries("r", after=1, limit=9)]
    assert [1] == [d.number for d in store.deliveries("r", after=0, limit=1)]


def test_the_record_is_in_the_order_of_writing(store, rows, write):
    """Entries about somebody come in the order in which they were written, whatever their times say."""
    later, earlier = rows.entry("p", NOON + DAY), rows.entry("p", NOON)
    write(Changes(entries=[later, rows.entry("q")]))
    write(Changes(entries=[earlier]))

    assert [later, earlier] == list(store.entries_about(["p"]))


def test_what_waits_for_one_recipient_keeps_its_order(rows, write, read):
    """Copies held at one moment come back in the order in which they were held, each recipient's and person's apart."""
    mine = [rows.held(recipient="r", person="p", reason="answer-failed") for _ in range(9)]
    others = [rows.held(recipient="r", person="q"), rows.held(recipient="s", person="p")]
    write(Changes(held=[*mine[:5], *others, *mine[5:]]))
    write(Changes(settled={mine[0].id: "retried"}))

    assert [m.id for m in mine[1:]] == [h.id for h in read(lambda tx: tx.waiting_for("r", "p"))]


def test_what_waits_is_found_after_a_merge(rows, write, read):
    """What the hub tries again by itself waits too, and what was held of somebody merged since waits with the rest."""
    write(Changes(people=rows.person("kept") | rows.person("gone", merged_into="kept")))
    first, second = rows.held(recipient="r", person="gone"), rows.held(recipient="r", person="kept", state="retrying")
    write(Changes(held=[first, second]))

    assert [first.id, second.id] == [h.id for h in read(lambda tx: tx.waiting_for("r", "kept"))]


def test_what_is_settled_is_settled(rows, write, read):
    """What is put off and settled in one transaction is settled."""
    row = rows.held(state="retrying", next_at=NOON)
    write(Changes(held=[row]))
    write(Changes(retries=[(row.id, 1, NOON + DAY)], settled={row.id: "retried"}))

    assert "retried" == read(lambda tx: tx.held(row.id)).state


def test_what_is_to_be_tried_again(rows, write, read):
    """What is tried again in vain is due at its next time, and without one waits for somebody to look."""
    row = rows.held(state="retrying", next_at=NOON)
    write(Changes(held=[row]))

    assert [row] == list(read(lambda tx: tx.retries_due(NOON)))
    write(Changes(retries=[(row.id, 1, NOON + DAY)]))
    assert [] == list(read(lambda tx: tx.retries_due(NOON)))
    assert [1] == [r.attempts for r in read(lambda tx: tx.retries_due(NOON + DAY))]
    write(Changes(retries=[(row.id, 2, None)]))
    assert [] == list(read(lambda tx: tx.retries_due(NOON + DAY)))
    assert ("held", 2) == read(lambda tx: (tx.held(row.id).state, tx.held(row.id).attempts))


def test_what_is_held_is_listed_newest_first_and_by_agency(store, rows, write, read):
    """An agency sees what is held of its own, an operator everything; what was settled stands apart; and no body is
    shown.
    """
    old, new, other = rows.held(), rows.held(at=NOON + DAY), rows.held(agency="police", candidates=("p", "q"))
    write(Changes(held=[old, new, other]))
    write(Changes(settled={old.id: "settled"}))

    assert [new.id] == [h.id for h in store.list_held(agency="prison", state="held", limit=9)]
    assert [new.id, other.id] == [h.id for h in store.list_held(agency=None, state="held", limit=9)]
    assert [old.id] == [h.id for h in store.list_held(agency=None, state="settled", limit=9)]
    assert [new.id] == [h.id for h in store.list_held(agency=None, state="held", limit=1)]
    assert [] == list(store.list_held(agency=None, reason="invalid", state="held", limit=9))
    assert [other.id] == [h.id for h in store.list_held(agency="police", reason="ambiguous", state="held", limit=9)]
    assert other == read(lambda tx: tx.held(other.id))
    assert read(lambda tx: tx.held("unknown")) is None


def test_what_is_due(rows, write, read):
    """What is due by a moment comes oldest first, and is gone when it is done."""
    second, first, later = rows.due(NOON + DAY), rows.due(NOON), rows.due(NOON + 2 * DAY)
    write(Changes(due=[second, first, later]))

    assert [first, second] == list(read(lambda tx: tx.due(NOON + DAY)))
    write(Changes(done=[first.id]))
    assert [second] == list(read(lambda tx: tx.due(NOON + DAY)))


def test_an_assertion_is_used_once(write, read):
    """A used assertion is known by client and token together."""
    write(Changes(assertions=[("c", "t", NOON)]))

    known = [read(lambda tx, pair=pair: tx.assertion_used(*pair)) for pair in (("c", "t"), ("c", "u"), ("d", "t"))]
    assert [True, False, False] == known


def test_what_is_over_is_erased(rows, write, read):
    """Sightings whose time is over go with their keys, and used assertions too; what has no end stays."""
    people = rows.person("gone", expires=NOON) | rows.person("kept", expires=NOON + DAY) | rows.person("member")
    write(Changes(people=people, keys={"gone": (b"1" * 32,), "kept": (b"2" * 32,)}, assertions=[("c", "t", NOON)]))

    assert ["gone"] == read(lambda tx: tx.expired(NOON, limit=10))
    read(lambda tx: tx.erase_people(["gone"], "entry"))
    read(lambda tx: tx.forget_assertions(NOON))
    assert {"kept", "member"} == set(read(lambda tx: tx.people(["gone", "kept", "member"])))
    assert {"kept"} == set(read(lambda tx: tx.find([b"1" * 32, b"2" * 32])))
    assert not read(lambda tx: tx.assertion_used("c", "t"))
    assert ["entry", None] == [read(lambda tx, who=who: tx.erased_by(who)) for who in ("gone", "kept")]


def test_who_is_under_a_hold(rows, write, read):
    """A hold covers somebody under every id: whoever is merged with them, before or after it was set."""
    people = rows.person("former", merged_into="held") | rows.person("held", merged_into="now")
    write(Changes(people=people | rows.person("now") | rows.person("other", expires=NOON)))
    for person in ("held", "other"):
        read(lambda tx, person=person: tx.hold(HoldRow(person=person, entry="e", at=NOON, by="somebody")))

    assert {"former", "held", "now", "other"} == read(lambda tx: tx.under_hold())
    assert [] == read(lambda tx: tx.expired(NOON, limit=10))
    read(lambda tx: tx.lift("held"))
    assert ["other"] == [row.person for row in read(lambda tx: tx.holds())]


def test_counts(store, rows, write):
    """Counts are of what stands open: held and why, to be tried again, due, entries, and by lane and door the copies
    without a receipt, and those that have not left.
    """
    one = rows.copy("r", "s")
    again = rows.held(state="retrying", next_at=NOON)
    write(Changes(held=[rows.held(), rows.held(), again], due=[rows.due(NOON)], entries=[rows.entry("p")]))
    write(one)
    write(receipt("r", one.copies[0].id))

    counts = store.counts()
    found = {k: v for k, v in counts.items() if v}
    assert {"ambiguous": 2} == found.pop("held_by_reason")
    assert {"routine/http": 1} == found.pop("unreceipted") == found.pop("not_left")
    assert {"held": 2, "retries": 1, "due": 1, "entries": 1} == found


def test_counts_behind_the_broker(store, rows, write):
    """What a recipient behind the broker has no receipt of is counted by that door; what the broker has not confirmed
    has not left, and since when the oldest waits is told.
    """
    one = rows.copy("r")
    door = DoorRow(recipient="r", queue="q", state="open")
    left = DepartureRow(id="d", entry="e", person="p", lane="routine", committed_at=NOON, worker="w")
    write(one)
    write(Changes(doors={"r": door}, departures=[left]))
    waiting = store.counts()
    write(Changes(departed=[("d", NOON)]))

    assert ({"routine/amqp": 1}, {"routine/amqp": 1}) == (waiting["unreceipted"], waiting["not_left"])
    assert NOON.timestamp() == waiting["unconfirmed_since"]
    assert ({"routine/amqp": 1}, {}, None) == tuple(
        store.counts()[name] for name in ("unreceipted", "not_left", "unconfirmed_since")
    )
