"""A small agreement to start from: each test says what it changes."""

from __future__ import annotations

import copy
import hashlib

import pytest
import yaml

from hub.policy.decide import Policy
from hub.policy.facts import situation
from hub.policy.load import load_agreement
from hub.policy.project import Views
from hub.policy.transforms import Keying
from schemas.catalogue import CATALOGUE
from schemas.labels import Role

KEYING = Keying("police", lambda *parts: hashlib.sha256(repr(parts).encode()).digest())
"""A keying for tests that have no hub and so no key."""
LEFT_OUT = object()
"""Stands for a word of the small agreement that is not there."""
SMALL = {
    "agreement": "small",
    "title": "A small agreement",
    "owner": "Board",
    "parties": ["Police", "Prison"],
    "agreed": "2026-01-01",
    "review": "2027-01-01",
    "regime": "law-enforcement",
    "special-categories": {"condition": "Schedule 8, paragraph 1", "policy-document": "Second edition"},
    "purposes": {"prevent-crime": "To prevent crime"},
    "gateways": {"cda-115": "Crime and Disorder Act 1998, section 115"},
    "obligations": {"speak-first": "Speak first.", "tell-nobody": "Tell nobody."},
    "groups": {"police": ["custody-officer", "intelligence"]},
}


def give(what, to, **more):
    """Return a rule that gives; its id is made of what it gives."""
    made = {
        "id": f"give-{what}-{to}".replace(" ", "-"),
        "give": what,
        "to": to,
        "purpose": "prevent-crime",
        "gateway": "cda-115",
    }
    return {**made, **more}


def withhold(what, from_, **more):
    """Return a rule that withholds."""
    return {"id": f"withhold-{what}-{from_}".replace(" ", "-"), "withhold": what, "from": from_, **more}


class Written:
    """Writes agreements to files and reads them back."""

    def __init__(self, folder):
        self.folder = folder

    def file(self, *rules, **more):
        said = {**copy.deepcopy(SMALL), **more, "rules": list(rules)}
        document = {word: value for word, value in said.items() if value is not LEFT_OUT}
        text = (
            yaml.safe_dump(document, sort_keys=False)
            .replace("'2026-01-01'", "2026-01-01")
            .replace("'2027-01-01'", "2027-01-01")
        )
        path = self.folder / "small.yaml"
        path.write_text(text)
        return path

    def text(self, text):
        path = self.folder / "small.yaml"
        path.write_text(text)
        return path

    def agreement(self, *rules, **more):
        return load_agreement(self.file(*rules, **more))

    def policy(self, *rules, **more):
        return Policy([self.agreement(*rules, **more)])


@pytest.fixture
def written(tmp_path):
    return Written(tmp_path)


@pytest.fixture
def decided(written):
    """Decide for one role and one way of standing to an adult on a scheme."""

    def decide(rules, role="custody-officer", kind="custody.received", way="holds", **facts):
        values = {"status": "member", "age": "adult", "restricted": "no", **facts}
        program = written.policy(*rules).program(Role(role), CATALOGUE[kind])
        return program.decide(tuple(situation(relation=[way], **values)))

    return decide


@pytest.fixture
def copy_of(decided):
    """Return the bytes of the copy that one role gets of an event."""

    def project(event, rules, **more):
        view, _ = Views().of(decided(rules, **more), KEYING)
        return view.project(event)

    return project
