"""A file that verifies is true: whatever is left out of a record, moved, swapped or cut, nothing given is denied."""

import datetime as dt
import hashlib
from functools import cache
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.ledger.entry import Branch, Commitments, Entry, LeafEntry, ViewEntry, auditor_text
from hub.ledger.questions.never import Stored, never_file
from hub.ledger.tiles import NOTHING, Tree, grown
from schemas.canonical import canonical_bytes
from schemas.merkle import leaf_hash
from schemas.never import SLACK, verify_never
from schemas.never_file import ASKED, end_reference, read_never, write_never
from schemas.note import Checkpoint, Verifier, sign_note
from schemas.proof_file import Logged

BEGIN = dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)
NAME, CATEGORY = "offender-hub/made-up", "release-date"
RECIPIENTS = ("one", "other")
HARMLESS, TELLING = "custody.establishment", "release.date"
A_MONTH = 4
"""How many entries a month of the log has."""
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VERIFIER = Verifier(NAME, KEY.public_key().public_bytes_raw())


class Happening(NamedTuple):
    """That a recipient is given something some minutes after what was before, or that it is asked about one."""

    recipient: str
    minutes: int
    telling: bool
    asked: bool


happenings = st.lists(
    st.builds(
        Happening,
        recipient=st.sampled_from(RECIPIENTS),
        minutes=st.integers(0, 40),
        telling=st.sampled_from([False, False, False, True]),
        asked=st.sampled_from([False, False, True]),
    ),
    min_size=1,
    max_size=9,
)


class Record:
    """Entries with their chains, and a log over them."""

    def __init__(self, happened, last=ASKED):
        self.rows, self.at, ends, whole = [], BEGIN, {}, []
        for index, each in enumerate([*happened, Happening("one", 30, telling=False, asked=True)]):
            self.at += dt.timedelta(minutes=each.minutes)
            number, before = ends.get(each.recipient, (0, bytes(32)))
            commitments = Commitments(hashlib.sha256(str(index).encode()).digest())
            entry = question(index, self.at, each.recipient, number, before)
            if index == len(happened):
                entry = replace(entry, event=last)
            if not each.asked:
                entry = disclosure(index, self.at, each, number + 1, before)
            commitment, branches = commitments.entry(entry)
            if branches:
                ends[each.recipient] = (number + 1, branches[0])
            self.rows.append((entry, commitment, commitments))
            whole.append(leaf_hash(commitment))
        self.months = [month(whole[i : i + A_MONTH], i // A_MONTH) for i in range(0, len(whole), A_MONTH)]

    def stored(self, index):
        entry, commitment, commitments = self.rows[index]
        (tree, note), number = self.months[index // A_MONTH], index % A_MONTH
        return Stored(entry, commitment, commitments, Logged(number, tuple(tree.inclusion(number)), note))

    def places(self, recipient):
        return [i for i, (e, _, _) in enumerate(self.rows) if e.branches and e.branches[0].recipient == recipient]

    def questions(self):
        return [i for i, (e, _, _) in enumerate(self.rows) if not e.branches]

    def gave(self, recipient, since, until, upto):
        """Tell what is true: whether it was given something of the category in a period, up to a place."""
        return any(
            since <= self.rows[i][0].at < until and TELLING in self.rows[i][0].views[0].by_path()
            for i in self.places(recipient)
            if i <= upto
        )


def month(leaves, which):
    """Return the tree of one month of the log, and its checkpoint."""
    edge, tiles = grown(NOTHING, leaves)
    origin = f"{NAME}/2026-{10 + which}"
    note = sign_note(Checkpoint(origin, edge.size, edge.root()).text(), origin, KEY)
    return Tree(edge.size, lambda level, number: tiles[level, number]), note


def question(index, at, recipient, number, before):
    reference = end_reference(recipient, number, before)
    return Entry(id=f"{index:032}", at=at, kind="consultation", event=ASKED, reference=reference)


def disclosure(index, at, each, number, before):
    leaves = {TELLING if each.telling else HARMLESS: LeafEntry(("a-rule",), "00" * 32)}
    view = ViewEntry(
        copy=f"copy-{index}",
        leaves=msgspec.Raw(canonical_bytes(leaves)),
        purposes=(),
        gateways=(),
        obligations=(),
        agreements=(),
        regime="general",
    )
    branch = Branch(recipient=each.recipient, role="a", agency="b", view=0, number=number, previous=before.hex())
    return Entry(
        id=f"{index:032}",
        at=at,
        kind="disclosure",
        event="custody.received",
        reference="",
        views=(view,),
        branches=(branch,),
    )


def holds(never):
    return all(step.holds for step in verify_never(read_never(write_never(never)), [VERIFIER]))


@cache
def moments(minutes):
    return BEGIN + dt.timedelta(minutes=minutes)


periods = st.tuples(st.integers(-20, 300), st.integers(1, 120)).map(lambda p: (moments(p[0]), moments(p[0] + p[1])))


@given(happenings, periods, st.data())
def test_whatever_verifies_is_true(happened, period, data):
    """Of any choice of true branches, in any order, with any of the statements: what verifies tells what happened."""
    record = Record(happened)
    anything = st.sampled_from(range(len(record.rows)))
    own = record.places("one")
    chosen = data.draw(
        st.one_of(
            st.just(own),
            st.lists(anything, max_size=8).map(lambda found: [i for i in found if record.rows[i][0].branches]),
            st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda cut: own[cut[0] : cut[1]]),
            st.sets(st.sampled_from(own)).map(lambda out: [i for i in own if i not in out]) if own else st.just([]),
        )
    )
    end = data.draw(st.one_of(st.none(), st.sampled_from(record.questions())))
    chain = [record.stored(i) for i in chosen if record.rows[i][0].branches[0].recipient == "one"]
    found = never_file("one", CATEGORY, period, chain, record.stored(end) if end is not None else None)
    if holds(found):
        assert not record.gave("one", *period, end if end is not None else chosen[-1])


@given(happenings, periods, st.integers(0, 9), st.integers(0, 9))
def test_what_is_put_together_by_hand_is_noticed(happened, period, one, other):
    """A branch whose view is another's, or that is another recipient's, or stands elsewhere, does not hold."""
    record = Record(happened)
    whole = [record.stored(i) for i in record.places("one")]
    honest = never_file("one", CATEGORY, period, whole, record.stored(len(record.rows) - 1))
    branches = honest.branches
    others = [record.stored(i) for i in record.places("other")]
    if others:
        renamed = never_file("other", CATEGORY, period, others, honest.end and record.stored(len(record.rows) - 1))
        assert not holds(renamed._replace(recipient="one", until=min(period[1], record.at)))
        late = renamed._replace(recipient="one", since=BEGIN - dt.timedelta(days=2), until=BEGIN - dt.timedelta(days=1))
        assert not holds(late._replace(end=None))
    for at, each in enumerate(whole[1:], 1):
        cut = honest._replace(branches=branches[at:])
        assert not holds(cut) or each.entry.at < period[0] - SLACK
    for theirs in record.places("other"):
        strange = never_file("other", CATEGORY, period, [record.stored(theirs)], None).branches
        assert not holds(honest._replace(branches=(*branches, *strange)))
        assert not holds(honest._replace(branches=(*strange, *branches)))
    if len(branches) < 2:
        return
    first, second = sorted({one % len(branches), other % len(branches), 0, 1})[:2]
    swapped = list(branches)
    swapped[first] = branches[first]._replace(view=branches[second].view)
    assert not holds(honest._replace(branches=tuple(swapped)))
    moved = list(branches)
    moved[first], moved[second] = branches[second], branches[first]
    assert not holds(honest._replace(branches=tuple(moved)))
    assert not holds(honest._replace(branches=branches[:-1]))
    assert not holds(honest._replace(end=None)) or record.rows[record.places("one")[-1]][0].at >= period[1] + SLACK
    for at in range(1, len(branches) - 1):
        assert not holds(honest._replace(branches=(*branches[:at], *branches[at + 1 :])))


@given(happenings)
def test_an_entry_of_something_else_states_no_end(happened):
    """Only the entry of the question itself says where a chain ended."""
    record = Record(happened, last="ledger.exported")
    chain = [record.stored(i) for i in record.places("one")]
    period = (BEGIN - dt.timedelta(days=2), BEGIN - dt.timedelta(days=1))

    assert not holds(never_file("one", CATEGORY, period, chain, record.stored(len(record.rows) - 1)))


@given(happenings, periods)
def test_what_is_true_verifies(happened, period):
    """Of the whole chain, and of a part that goes beyond the period on both sides, a true claim holds."""
    record = Record(happened)
    places, since, until = record.places("one"), *period
    last = len(record.rows) - 1
    true = not record.gave("one", since, until, last)
    whole = never_file("one", CATEGORY, period, [record.stored(i) for i in places], record.stored(last))

    assert (true and until <= record.at) == holds(whole)
    before = [i for i in places if record.rows[i][0].at < since - SLACK]
    after = [i for i in places if record.rows[i][0].at >= until + SLACK]
    if before and after:
        part = [i for i in places if before[-1] <= i <= after[0]]
        assert true == holds(never_file("one", CATEGORY, period, [record.stored(i) for i in part], None))


@given(happenings, periods, st.sampled_from(["until", "number", "recipient"]))
def test_a_statement_that_is_altered_is_noticed(happened, period, what):
    """Where the chain ended is what was recorded, and cannot be said otherwise later."""
    record = Record(happened)
    places, last = record.places("one"), record.stored(len(record.rows) - 1)
    reference = last.entry.reference.split(" ")
    altered = {
        "until": replace(last.entry, at=last.entry.at + dt.timedelta(days=1)),
        "number": replace(last.entry, reference=" ".join([reference[0], "1000", reference[2]])),
        "recipient": replace(last.entry, reference=" ".join(["other", *reference[1:]])),
    }[what]
    honest = never_file("one", CATEGORY, period, [record.stored(i) for i in places], last)
    assert honest.end is not None
    assert not holds(honest._replace(end=honest.end._replace(statement=auditor_text(altered).decode())))
