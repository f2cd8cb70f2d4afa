"""What a system may do at the broker."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access.scopes import AtBroker, asserted, broker_scopes
from schemas.catalogue import CATALOGUE
from schemas.labels import AgencyKind

PERMISSIONS = ("copies:receive", "events:publish")


def system(**changes: object) -> AtBroker:
    """Return a prison's system with one door."""
    given = {"virtual_host": "area", "agency": "hmp", "kind": AgencyKind.PRISON, "doors": ("f00d",)}
    return AtBroker(**(given | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", list(AgencyKind))
def test_exactly_the_types_that_are_its_own(kind: AgencyKind) -> None:
    """The patterns of a kind of agency match every type that it may assert, and none of the others."""
    matched = {name for name in CATALOGUE if any(fnmatchcase(name, pattern) for pattern in asserted(kind))}

    assert {name for name, row in CATALOGUE.items() if kind in row.asserted_by} == matched


def test_nothing_but_its_own_exchange_and_queues() -> None:
    """A system writes to its agency's exchange alone, reads the queues of its own doors, and configures nothing."""
    scopes = broker_scopes(system(), PERMISSIONS)

    assert {"rabbitmq.write:area/intake.hmp", "rabbitmq.read:area/f00d.*"} == {
        scope if ".read:" in scope else scope.rpartition("/")[0] for scope in scopes
    }


def test_permissions_bound_the_scopes() -> None:
    """Who may not publish writes receipts alone, who may not receive reads nothing, who may neither has no scope."""
    assert ("rabbitmq.write:area/intake.hmp/receipt", "rabbitmq.read:area/f00d.*") == broker_scopes(
        system(), ["copies:receive"]
    )
    assert not [scope for scope in broker_scopes(system(), ["events:publish"]) if "read" in scope or "receipt" in scope]
    assert () == broker_scopes(system(), ["held:settle", "people:look-up"])


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_name_cannot_widen_a_scope(virtual_host: str, agency: str) -> None:
    """Whatever stands in a name, a scope has its three parts, and no blank, and no asterisk before the last."""
    for scope in broker_scopes(system(virtual_host=virtual_host, agency=agency), PERMISSIONS):
        place = scope.partition(":")[2].split("/")
        assert (3 if ".write:" in scope else 2) == len(place)
        assert not {" ", "+"} & set(scope)
        assert "*" not in "".join(place[:-1])
