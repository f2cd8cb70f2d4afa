"""How a view is written for events of one shape: its text with a gap for each permitted leaf that there is.

The text names each permitted leaf. There is no list of things to delete, so there is nothing to forget. A block or a
list of which nothing is permitted is not in it, so that neither ``{}`` nor a length tells that there was something.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import UNSET

from hub.policy.apart import NAMES_ROLES, Apart, Values
from hub.policy.said import Release
from hub.policy.transforms import NAMING_YOU, PSEUDONYM, TRANSFORMS, Keying, written_by
from schemas.labels import Role
from schemas.leaves import Field, struct_fields

Given = Mapping[str, Release]
"""The permitted leaves by their path in the event, with how each is given."""
Change = Callable[[Any], Any]


class Reader(msgspec.Struct, frozen=True):
    """For whom a view is made: the role, and where it has a pseudonym, the agency."""

    role: Role
    keying: Keying | None


class Written:
    """A view of one shape of event."""

    def __init__(self, text: str, gaps: Sequence[int], changes: Sequence[tuple[Change, int]], told: _Told) -> None:
        """Take the text, which text of an event goes in each gap, and which leaves are changed before."""
        self._text, self._pick = text.encode(), _picking(gaps)
        self._changes = tuple(changes)
        self._told = told
        self.paths = tuple(told)
        """The leaves of the copy, by the path that they have there."""

    def silent(self, apart: Apart) -> frozenset[int]:
        """Return the leaves of an event of which their transforms give nothing: this text is not for it."""
        return frozenset([leaf for how, leaf in self._changes if not apart.changed(how, leaf)])

    def copy(self, apart: Apart) -> bytes:
        """Return the copy of an event of this shape, of which every transform gives something."""
        return self._text % self._pick(self._texts(apart))

    def values(self, apart: Apart) -> Values:
        """Return the JSON of each leaf of the copy."""
        texts = self._texts(apart)
        return {
            path: texts[at] if isinstance(at, int) else b"[%b]" % b",".join([texts[i] for i in at])
            for path, at in self._told.items()
        }

    def _texts(self, apart: Apart) -> list[bytes]:
        if not self._changes:
            return apart.texts
        return [*apart.texts, *[apart.changed(how, leaf) for how, leaf in self._changes]]


_Told = dict[str, int | list[int]]
"""Where the text of each leaf of a copy is found, by its path there; within a list of blocks, of each member's."""


def _picking(gaps: Sequence[int]) -> Callable[[list[bytes]], tuple[bytes, ...]]:
    if not gaps:
        return lambda _: ()
    if len(gaps) == 1:
        return lambda texts: (texts[gaps[0]],)
    return itemgetter(*gaps)


class Writing:
    """Writes the text of one view for one event, leaf by leaf."""

    def __init__(
        self, given: Given, reader: Reader, changes: Mapping[str, Change], silent: Collection[int] = ()
    ) -> None:
        """Take what is permitted, to whom, what changes each leaf, and of which leaves that leaves nothing."""
        self._given, self._reader, self._change_of = given, reader, changes
        self._silent = silent
        self._choosy = {path.rpartition(".")[0] for path, r in given.items() if r.transform == NAMING_YOU}
        self._leaf = 0
        self._gaps: list[int] = []
        self._changes: list[tuple[Change, int]] = []
        self._told: _Told = {}

    def of(self, apart: Apart) -> Written:
        """Return how the view of all events of this one's shape is written."""
        self._behind = len(apart.texts)
        members = self._block(apart.event, struct_fields(type(apart.event)), "", given=True)
        return Written(f"{{{members}}}", self._gaps, self._changes, self._told)

    def _block(self, block: msgspec.Struct, fields: Iterable[Field], prefix: str, *, given: bool) -> str:
        """Return the permitted members of a block, as text; every leaf is counted, permitted or not."""
        return ",".join(
            text
            for field in fields
            if (value := getattr(block, field.name)) is not UNSET
            and (text := self._member(field, value, f"{prefix}{field.name}", given=given))
        )

    def _member(self, field: Field, value: Any, path: str, *, given: bool) -> str:  # noqa: ANN401 - of any type
        if field.block is None:
            self._leaf += 1
            return self._gap(path, self._leaf - 1) if given else ""
        fields = struct_fields(field.block)
        if not field.many:
            inner = self._block(value, fields, f"{path}.", given=given)
            return f'"{field.name}":{{{inner}}}' if inner else ""
        blocks = [
            self._block(each, fields, f"{path}[].", given=given and self._is_for(each, f"{path}[]")) for each in value
        ]
        found = ",".join(f"{{{inner}}}" for inner in blocks if inner)
        return f'"{field.name}":[{found}]' if found else ""

    def _is_for(self, block: msgspec.Struct, path: str) -> bool:
        """Tell whether a member of a list goes through: all do, or only those that name the recipient's role."""
        if path not in self._choosy:
            return True
        named = getattr(block, NAMES_ROLES)
        return named is not UNSET and self._reader.role in named

    def _gap(self, path: str, leaf: int) -> str:
        release = self._given.get(path)
        if release is None or leaf in self._silent:
            return ""
        block, dot, name = path.rpartition(".")
        at, change = leaf, self._change_of.get(path)
        if change is not None:
            at = self._behind + len(self._changes)
            self._changes.append((change, leaf))
            name = written_by(release.transform or "", name)
        self._gaps.append(at)
        output = f"{block}{dot}{name}"
        if "[]" in output:
            several = self._told.setdefault(output, [])
            assert isinstance(several, list)  # noqa: S101 - within a list of blocks it always is
            several.append(at)
        else:
            self._told[output] = at
        return f'"{name}":%b'


def changes_of(given: Given, keying: Keying | None) -> Mapping[str, Change]:
    """Return what changes each leaf that is given changed, by its path in the event.

    Raises:
        ValueError: a pseudonym is given, and there is no keying.
    """
    return {
        path: _change(release, keying) for path, release in given.items() if release.transform not in (None, NAMING_YOU)
    }


def _change(release: Release, keying: Keying | None) -> Change:
    if release.transform != PSEUDONYM:
        return TRANSFORMS[release.transform or ""].apply
    if keying is None:
        raise ValueError("a pseudonym is made for an agency")
    return keying.pseudonym(release.purpose)
