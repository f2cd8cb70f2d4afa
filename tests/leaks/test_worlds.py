"""Whatever the agreement, the person and the event: what differs in nothing that a recipient may see, nor in the facts
read for it, is the same to it, byte for byte; and a hub that leaked would be found out.
"""

import base64
import hashlib
import itertools
import random
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.pipeline import disclosing, judge, record
from hub.policy.decide import Asked
from hub.policy.load import load_agreements
from hub.register.enrich import enriched
from tests.fixtures.agencies import POLICIES
from tests.leaks.lives import KINDS
from tests.leaks.worlds import Interference, open_store, under, under_random_agreement

seeds = st.integers(0, 10**9)
NOBODY = SimpleNamespace(schemes={}, establishments={})
"""A directory in which nothing is."""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Where worlds happen and are undone."""
    opened = open_store(Path(tmp_path_factory.mktemp("worlds")))
    yield opened
    opened.close()


@settings(max_examples=6)
@given(seeds)
def test_under_random_agreements(store, seed):
    """Under an agreement by chance nobody can tell two worlds apart in which it may see, and is read, the same."""
    worlds = under_random_agreement(store, seed)

    assert sum(worlds.cases(40)) > 40
    assert worlds.accepted > 20


@settings(max_examples=1)
@given(seeds)
def test_under_the_protocol(store, seed):
    """Under the agreement in force neither."""
    kinds = random.Random(seed).sample(KINDS, 6)

    assert sum(under(store, load_agreements([POLICIES]), seed, kinds).cases(80)) > 80


def told_of_what_is_withheld(patch):
    """A notice of what was withheld, made from the event and not from the agreement."""
    _adding(patch, lambda data: b',"withheld":"%s"' % ",".join(sorted(_blocks(data))).encode())


def length_of_a_list(patch):
    """How many members the lists of blocks have, those among them that are not given."""
    lists = ("referrals", "victims", "associates", "children", "cases")
    _adding(patch, lambda data: b',"in_all":%d' % sum(len(getattr(data, name) or ()) for name in lists))


def padded_to_the_event(patch):
    """A size that goes by the whole event."""
    _adding(patch, lambda data: b" " * (len(repr(data)) % 64))


def id_of_what_is_told(patch):
    """A delivery id that is a plain hash of the content."""
    view = disclosing._view  # noqa: SLF001 - the place that would leak

    def hashed(draft, fact, entry, place, given, former):
        answer, _ = given
        plain = hashlib.sha256(answer.given + fact.event.type.encode() + bytes([answer.key])).digest()
        with pytest.MonkeyPatch.context() as inner:
            name = base64.urlsafe_b64encode(plain).rstrip(b"=").decode()
            inner.setattr(disclosing, "delivery_id", lambda *_: name)
            return view(draft, fact, entry, place, given, former)

    patch.setattr(disclosing, "_view", hashed)


def one_counter_for_all(patch):
    """Numbers of copies that go on from other recipients' copies."""
    counter = itertools.count(1)
    patch.setattr(record, "_chained", lambda branch, head: replace(branch, number=next(counter)))


def message_for_what_is_withheld(patch):
    """No message where the event has something of health, whoever may know of it."""
    answer = judge.Judge.answer

    def silent(self, recipient, relation):
        return None if self._event.data.health else answer(self, recipient, relation)

    patch.setattr(judge.Judge, "answer", silent)


def status_kept_for_strangers(patch):
    """Facts of the scheme in a decision for somebody who may not know of it."""
    patch.setattr(judge, "minimal", lambda state: state)


def register_told_to_strangers(patch):
    """What the register knows, told to somebody who may not know that it knows anything."""
    added = enriched
    patch.setattr(judge, "own", lambda state, data, _: added(state, data, NOBODY))
    patch.setattr(judge.Judge, "_as_for_anybody", lambda self, _: ("", added(self._state, self._event.data, NOBODY)))


def relation_not_declared(patch):
    """A decision by another relation than the one that is declared."""
    decide = Asked.decide
    patch.setattr(Asked, "decide", lambda self, role, relation: decide(self, role, relation | judge.FOR_ANYBODY))


LEAKS = (
    told_of_what_is_withheld, length_of_a_list, padded_to_the_event, id_of_what_is_told, one_counter_for_all,
    message_for_what_is_withheld, status_kept_for_strangers, register_told_to_strangers, relation_not_declared,
)  # fmt: skip


def _adding(patch, more):
    project = judge.Judge._project  # noqa: SLF001 - the place that would leak

    def leaky(self, view, form, data):
        given_, *rest = project(self, view, form, data)
        inner = more(data)
        whole = given_[:-1] + (inner if given_ != b"{}" else inner.lstrip(b",")) + b"}"
        return whole, *rest

    patch.setattr(judge.Judge, "_project", leaky)


def _blocks(data):
    return {name for name in data.__struct_fields__ if getattr(data, name)}


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_leak_is_found(store, monkeypatch, leak):
    """A hub with a leak, in a place that is easily forgotten, is found out by the very same search."""
    leak(monkeypatch)

    with pytest.raises(Interference):
        compare(store)


def compare(store):
    """Compare under a few agreements."""
    for seed in range(6):
        sum(under_random_agreement(store, seed).cases(60))
