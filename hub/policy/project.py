"""Redaction by construction: a view is made of the permitted leaves and of nothing else.

For each distinct answer a tree of types is made that *has only* the permitted fields, and a
function that builds it, naming each permitted leaf. There is no list of things to delete, so
there is nothing to forget. The source of the function is kept, so that it can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from hub.policy.decide import Decision, Release
from hub.policy.transforms import NAMING_YOU, TRANSFORMS
from schemas.catalogue import CATALOGUE
from schemas.events.occurrence import Occurrence
from schemas.labels import Role
from schemas.leaves import struct_fields

_ENCODE = msgspec.json.Encoder().encode


class View:
    """One distinct answer: the types and the constructor for what is permitted."""

    def __init__(self, data: type[Occurrence], given: Mapping[str, Release], role: Role) -> None:
        """Make the types and the constructor for the permitted leaves of an event type."""
        maker = _Maker(given, role)
        self.outputs = {_output(path, release): release for path, release in given.items()}
        """Why each leaf of the copy is given, by the path that it has there."""
        top = maker.block(data, "")
        self.source = "\n".join(maker.lines)
        scope: dict[str, Any] = {"UNSET": UNSET, "role": role, **maker.names}
        exec(compile(self.source, f"<view of {data.__name__}>", "exec"), scope)  # noqa: S102 - made of schema field names alone
        self._build: Callable[[Occurrence], Any] = scope[top] if top else lambda _: UNSET

    def project(self, event: Occurrence) -> bytes:
        """Return the permitted leaves that the event has, as JSON; ``{}`` when it has none of them."""
        built = self._build(event)
        return b"{}" if built is UNSET else _ENCODE(built)


def _output(path: str, release: Release) -> str:
    """Return the path of a leaf in the copy: a transform writes under a name of its own."""
    transform = TRANSFORMS.get(release.transform or "")
    return f"{path.rpartition('.')[0]}.{transform.writes}".lstrip(".") if transform else path


class _Maker:
    """Writes a builder for each block in which something is permitted."""

    def __init__(self, given: Mapping[str, Release], role: Role) -> None:
        self.given, self.role = given, role
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}

    def block(self, struct: type[msgspec.Struct], prefix: str) -> str | None:
        """Write the builder of one block; return its name, or None where nothing in it is permitted."""
        outputs: list[tuple[str, str]] = []
        for field in struct_fields(struct):
            path = f"{prefix}.{field.name}" if prefix else field.name
            if field.block is None:
                self._leaf(path, field.name, outputs, required=field.required)
            elif child := self.block(field.block, f"{path}[]" if field.many else path):
                outputs.append((field.name, f"{child}s(v.{field.name})" if field.many else f"{child}(v.{field.name})"))
        return self._write(prefix, outputs, only="names_roles" if self._chosen(prefix) else None) if outputs else None

    def _leaf(self, path: str, name: str, outputs: list[tuple[str, str]], *, required: bool) -> None:
        release = self.given.get(path)
        if release is None:
            return
        if release.transform in (None, NAMING_YOU):
            outputs.append((name, f"v.{name}"))
            return
        transform = TRANSFORMS[release.transform or ""]
        self.names[f"t_{transform.writes}"] = transform.apply
        outputs.append(
            (
                transform.writes,
                f"t_{transform.writes}(v.{name})"
                if required
                else f"(UNSET if v.{name} is UNSET else t_{transform.writes}(v.{name}))",
            )
        )

    def _chosen(self, prefix: str) -> bool:
        """Tell whether only the members that name the recipient's role go through."""
        return prefix.endswith("[]") and any(
            r.transform == NAMING_YOU for p, r in self.given.items() if p.rpartition(".")[0] == prefix
        )

    def _write(self, prefix: str, outputs: list[tuple[str, str]], only: str | None) -> str:
        name = "b_" + (prefix.replace(".", "_").replace("[]", "") or "event")
        view = msgspec.defstruct("V" + name, [(out, Any, UNSET) for out, _ in outputs], frozen=True, gc=False)
        self.names["V" + name] = view
        self.lines += [f"def {name}(v):", "    if v is UNSET: return UNSET"]
        self.lines += [f"    x{i} = {expression}" for i, (_, expression) in enumerate(outputs)]
        empty = " and ".join(f"x{i} is UNSET" for i in range(len(outputs)))
        built = ", ".join(f"x{i}" for i in range(len(outputs)))
        self.lines += [f"    if {empty}: return UNSET", f"    return V{name}({built})"]
        if prefix.endswith("[]"):
            choose = f" if v.{only} is not UNSET and role in v.{only}" if only else ""
            self.lines += [
                f"def {name}s(vs):",
                "    if vs is UNSET: return UNSET",
                f"    return [b for v in vs{choose} if (b := {name}(v)) is not UNSET] or UNSET",
            ]
        return name


class Views:
    """Views by their key, so that recipients with the same answer share one."""

    def __init__(self, kept: int = 4096) -> None:
        """Keep at most so many views before starting afresh."""
        self._kept = kept
        self._views: dict[tuple[object, ...], View] = {}
        self._by_decision: dict[int, tuple[Decision, View, tuple[object, ...]]] = {}

    def of(self, decision: Decision) -> tuple[View, tuple[object, ...]]:
        """Return the view of a decision and its key: equal keys mean equal bytes from equal events."""
        found = self._by_decision.get(id(decision))
        if found is not None and found[0] is decision:
            return found[1], found[2]
        key = _key(decision)
        view = self._views.get(key)
        if view is None:
            if len(self._views) >= self._kept:
                self._views.clear()
            view = self._views[key] = View(CATALOGUE[decision.kind].data, decision.given, decision.role)
        if len(self._by_decision) >= self._kept:
            self._by_decision.clear()
        self._by_decision[id(decision)] = (decision, view, key)
        return view, key


def _key(decision: Decision) -> tuple[object, ...]:
    """Return all that can make two copies differ: leaves, transforms, handling, versions."""
    leaves: Iterable[tuple[str, str | None]] = ((path, release.transform) for path, release in decision.given.items())
    role = decision.role if any(r.transform == NAMING_YOU for r in decision.given.values()) else None
    return (
        decision.kind,
        tuple(leaves),
        decision.obligations,
        decision.purposes,
        decision.gateways,
        decision.agreements,
        decision.regime,
        role,
    )
