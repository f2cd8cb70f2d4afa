"""The parts of a view: for each block of an event, a type that has only the permitted fields, and its builder.

The builder names each permitted leaf. There is no list of things to delete, so there is nothing to
forget. A block that has nothing but leaves, all of them permitted, is of such a type already, and goes as it is.
Beside the builder stands a walk over what was built, which says what of it a copy holds: the record
rests on that, and not on the event. The source of both is kept, so that it can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from hub.policy.said import Release
from hub.policy.transforms import NAMING_YOU, PSEUDONYM, TRANSFORMS, Keying, written_by
from schemas.events.occurrence import Occurrence
from schemas.labels import Role
from schemas.leaves import Field, struct_fields

Given = Mapping[str, Release]
"""The permitted leaves by their path in the event, with how each is given."""
Values = Mapping[str, Any]
"""Values of leaves by their path in a copy; a leaf within a list of blocks has a list of values."""


class Part:
    """What one answer permits of one block of an event; answers that permit the same share it."""

    def __init__(self, name: str, source: str, scope: dict[str, Any]) -> None:
        """Compile the builder of the member of this name."""
        self.name, self.source = name, source
        exec(compile(source, "<part of a view>", "exec"), scope)  # noqa: S102 - made of schema field names alone
        self.build: Callable[[Occurrence], Any] = scope["part"]
        """Returns the permitted part of the event, or UNSET where the event has none of it."""
        self.values: Callable[[Any], Values] = scope["values"]
        """Returns the value of each leaf of what was built, by its path in the copy."""


Made = dict[Part, Any]
"""The parts that were made of one event: each is made once, however many views have it."""


class Reader(msgspec.Struct, frozen=True):
    """For whom a view is made: the role, and where it has a pseudonym, the agency."""

    role: Role
    keying: Keying | None


def part_of(field: Field, given: Given, reader: Reader, kept: dict[object, Part]) -> Part | None:
    """Return what is permitted of one member of an event, or None; ``kept`` has the parts made before."""
    own = tuple(
        (path, r.transform, r.purpose)
        for path, r in given.items()
        if path.partition(".")[0].removesuffix("[]") == field.name
    )
    if not own:
        return None
    how = {transform for _, transform, _ in own}
    agency = reader.keying.agency if reader.keying and PSEUDONYM in how else None
    key = (field, own, reader.role if NAMING_YOU in how else None, agency)
    part = kept.get(key)
    if part is None:
        part = kept[key] = _Maker(given, reader).part(field)
    return part


class _Member(msgspec.Struct, frozen=True):
    """One member of a block of the copy: its name, what builds it of ``v``, and the walk over a block."""

    name: str
    expression: str
    walk: str = ""

    def noted(self, prefix: str, value: str) -> str:
        """Return the statement that notes what a present value has."""
        path = f"{prefix}.{self.name}" if prefix else self.name
        if self.walk:
            return f"{self.walk}({value}, found)"
        if "[]" in path:
            return f"found.setdefault({path!r}, []).append({value})"
        return f"found[{path!r}] = {value}"


class _Maker:
    """Writes a builder for each block in which something is permitted."""

    def __init__(self, given: Given, reader: Reader) -> None:
        self.given, self.keying = given, reader.keying
        self.lines: list[str] = []
        self.scope: dict[str, Any] = {"UNSET": UNSET, "role": reader.role}

    def part(self, field: Field) -> Part:
        """Write the builder of one member of the event, and the walk over what it builds."""
        (member,) = self._member(field, "")
        self.lines += [
            f"def part(v): return {member.expression}",
            "def values(v):",
            "    found = {}",
            f"    if v is not UNSET: {member.noted('', 'v')}",
            "    return found",
        ]
        return Part(member.name, "\n".join(self.lines), self.scope)

    def _member(self, field: Field, prefix: str) -> list[_Member]:
        """Return how a member is built and walked over, or nothing where it is not permitted."""
        path = f"{prefix}.{field.name}" if prefix else field.name
        if field.block is None:
            return self._leaf(field, path)
        child = self._block(field.block, f"{path}[]" if field.many else path)
        if child is None:
            return []
        each = f"{child}s" if field.many else child
        return [_Member(field.name, f"b_{each}(v.{field.name})", f"w_{each}")]

    def _leaf(self, field: Field, path: str) -> list[_Member]:
        release = self.given.get(path)
        if release is None:
            return []
        if release.transform in (None, NAMING_YOU):
            return [_Member(field.name, f"v.{field.name}")]
        writes = written_by(release.transform or "", field.name)
        changed = f"t_{writes}(v.{field.name})"
        self.scope[f"t_{writes}"] = self._transform(release)
        sure = changed if field.required else f"(UNSET if v.{field.name} is UNSET else {changed})"
        return [_Member(writes, sure)]

    def _transform(self, release: Release) -> Callable[[Any], Any]:
        if release.transform != PSEUDONYM:
            return TRANSFORMS[release.transform or ""].apply
        if self.keying is None:
            raise ValueError("a pseudonym is made for an agency")
        return self.keying.pseudonym(release.purpose)

    def _block(self, struct: type[msgspec.Struct], prefix: str) -> str | None:
        """Write the builder and the walk of one block; return their name, or None where nothing in it is permitted."""
        fields = struct_fields(struct)
        members = [member for field in fields for member in self._member(field, prefix)]
        if not members:
            return None
        name = prefix.replace(".", "_").replace("[]", "")
        self.scope["V" + name] = msgspec.defstruct(
            "V" + name, [(m.name, Any, UNSET) for m in members], frozen=True, gc=False
        )
        sure = any(
            field.required and field.block is None and f"{prefix}.{field.name}" in self.given for field in fields
        )
        whole = self._whole(name, struct, prefix, sure=sure)
        built = _built(name, [m.expression for m in members], whole, sure=sure)
        self.lines += [*built, *_walked(name, prefix, members)]
        if prefix.endswith("[]"):
            chosen = " if v.names_roles is not UNSET and role in v.names_roles" if self._chosen(prefix) else ""
            self.lines += _each(name, chosen, sure=sure)
        return name

    def _whole(self, name: str, struct: type[msgspec.Struct], prefix: str, *, sure: bool) -> list[str]:
        """Return the line that lets a block go as it is, where it is all leaves and all of them are given plain."""
        releases = [self.given.get(f"{prefix}.{field.name}") for field in struct_fields(struct)]
        if not all(release is not None and release.transform is None for release in releases):
            return []
        self.scope["S" + name] = struct
        if sure:
            return [f"    if v.__class__ is S{name}: return v"]
        self.scope["E" + name] = struct()
        return [f"    if v.__class__ is S{name} and v != E{name}: return v"]

    def _chosen(self, prefix: str) -> bool:
        """Tell whether only the members that name the recipient's role go through."""
        return any(r.transform == NAMING_YOU for p, r in self.given.items() if p.rpartition(".")[0] == prefix)


def _built(name: str, expressions: list[str], whole: list[str], *, sure: bool) -> list[str]:
    """Return the lines that build a block; an empty one is left out, for ``{}`` would tell that it is there."""
    begin = [f"def b_{name}(v):", *whole, "    if v is UNSET: return UNSET"]
    if sure:
        return [*begin, f"    return V{name}({', '.join(expressions)})"]
    values = [f"x{i}" for i in range(len(expressions))]
    return [
        *begin,
        *(f"    {value} = {expression}" for value, expression in zip(values, expressions, strict=True)),
        f"    if {' and '.join(f'{value} is UNSET' for value in values)}: return UNSET",
        f"    return V{name}({', '.join(values)})",
    ]


def _walked(name: str, prefix: str, members: list[_Member]) -> list[str]:
    """Return the lines that note the values in a block that was built."""
    lines = [f"def w_{name}(v, found):"]
    for member in members:
        lines += [f"    x = v.{member.name}", f"    if x is not UNSET: {member.noted(prefix, 'x')}"]
    return lines


def _each(name: str, choose: str, *, sure: bool) -> list[str]:
    """Return the lines that build a list of blocks, and walk over one; an empty list is left out."""
    block = f"b_{name}(v)"
    made = f"[{block} for v in vs{choose}]" if sure else f"[b for v in vs{choose} if (b := {block}) is not UNSET]"
    return [
        f"def b_{name}s(vs):",
        "    if vs is UNSET: return UNSET",
        f"    return {made} or UNSET",
        f"def w_{name}s(vs, found):",
        f"    for v in vs: w_{name}(v, found)",
    ]
