"""A recipient's chain has every number once, and each branch names the one before."""

import datetime as dt

import msgspec
import pytest
from msgspec.structs import replace

from hub.ledger.checking.chains import Chains
from hub.ledger.checking.entries import Opened
from hub.ledger.entry import Branch, Commitments, Entry, ViewEntry
from hub.store.port import Head

NONE = bytes(32).hex()
VIEW = ViewEntry(
    copy="c", leaves=msgspec.Raw(b"{}"), purposes=(), gateways=(), obligations=(), agreements=(), regime="general"
)


def chained(*numbers):
    """Return entries with one branch each, whose numbers are these and which name what is before them."""
    found, previous = [], NONE
    for i, number in enumerate(numbers):
        branch = Branch(recipient="r", role="x", agency="a", view=0, number=number, previous=previous)
        entry = Entry(
            id=f"{i}",
            at=dt.datetime(2026, 11, 21, tzinfo=dt.UTC),
            kind="disclosure",
            event="ppo.alert",
            reference="",
            views=(VIEW,),
            branches=(branch,),
        )
        found.append(opened(entry))
        previous = found[-1].branches[0].hex()
    return found


def opened(entry):
    commitments = Commitments(b"s" * 32)
    return Opened(entry, commitments, commitments.entry(entry)[1])


def said(entries, *, from_the_start=True):
    chains = Chains(from_the_start=from_the_start)
    return [what for each in entries for what in chains.follow(each)]


def test_a_chain_without_a_gap():
    """Where every number is there once and names the one before, nothing is said; and the end is that of the store."""
    entries = chained(1, 2, 3)
    chains = Chains(from_the_start=True)

    assert [] == [what for each in entries for what in chains.follow(each)]
    assert [] == list(chains.missed({"r": Head(3, entries[-1].branches[0])}, complete=True))


@pytest.mark.parametrize("numbers", [(1, 3), (2,), (1, 2, 2), (1, 1)], ids=str)
def test_a_number_that_is_not_due(numbers):
    """A number left out, used twice, or a chain that does not begin with 1 is named."""
    assert any("comes next" in what for what in said(chained(*numbers)))


def test_a_branch_that_names_another_before_it():
    """A chain in which one branch was made anew, rightly committed to in itself, does not hold together."""
    first, second, third = chained(1, 2, 3)
    forged = opened(replace(second.entry, event="custody.received"))
    elsewhere = opened(replace(first.entry, branches=(replace(first.entry.branches[0], previous="1" * 64),)))

    assert ["its branch of r does not name the branch before it"] == said([first, forged, third])
    assert "its branch of r does not name the branch before it" in said([elsewhere])


def test_a_chain_taken_up_in_the_middle():
    """Where earlier entries are not looked at, a chain is taken up where it is met, and goes on from there."""
    _, *rest = chained(1, 2, 3, 5)

    assert ["its branch of r has number 5, and 4 comes next"] == said(rest, from_the_start=False)


ENDS = {
    "shorter": (2, "the store says that its chain has 2 branches; 3 are recorded"),
    "longer": (4, "the store says that its chain has 4 branches; 3 are recorded"),
    "another": (3, "its chain ends with another branch than the store says"),
}


@pytest.mark.parametrize(("number", "told"), ENDS.values(), ids=ENDS)
def test_another_end_than_the_store_says(number, told):
    """Where the store's end of a chain is not that of the entries it is said how; what grew meanwhile is left aside."""
    chains = Chains(from_the_start=True)
    for each in chained(1, 2, 3):
        list(chains.follow(each))

    assert [("r", told)] == list(chains.missed({"r": Head(number, bytes(32))}, complete=True))
    assert (number == 4) == ([] == list(chains.missed({"r": Head(number, bytes(32))}, complete=False)))
