"""The directory from YAML, strictly: an unknown word is an error with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from hub.access.assertions import IDENTIFIER
from hub.access.jwk import PublicJwk, parse_jwk
from hub.directory.model import Agency, Directory, Recipient, Scheme, SchemeContactEntry, Signatory, System, spread
from hub.document import Address, Document
from hub.errors import HubError
from schemas.catalogue import categories_by_path
from schemas.labels import AgencyKind, Role
from schemas.scopes import Permission

T = TypeVar("T", bound=msgspec.Struct)


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every word is known, or refused."""


class _Agency(_Strict, frozen=True, kw_only=True):
    id: str
    name: str
    kind: AgencyKind


class _Scheme(_Strict, frozen=True, kw_only=True):
    id: str
    name: str
    kind: str
    area: str
    contact: SchemeContactEntry


class _Recipient(_Strict, frozen=True, kw_only=True):
    id: str
    role: Role
    agency: str
    name: str
    schemes: list[str] = []
    areas: list[str] = []
    establishments: list[str] = []
    stations: list[str] = []
    courts: list[str] = []
    works_with: list[str] = []
    national: bool = False
    listens: list[str] = []
    adapter: str = ""


class _System(_Strict, frozen=True, kw_only=True):
    client_id: str
    agency: str
    source: str
    permissions: list[Permission]
    recipients: list[str] = []
    keys: list[dict[str, Any] | str] = []
    """Public keys as JWK, or the name of a file beside the directory that holds one."""
    signs_receipts: bool = False


class _Signatory(_Strict, frozen=True, kw_only=True):
    id: str
    name: str
    agency: str
    keys: list[dict[str, Any] | str]


class _Spec(_Strict, frozen=True, kw_only=True):
    agencies: list[_Agency]
    schemes: list[_Scheme] = []
    establishments: dict[str, str] = {}
    adapters: dict[str, list[str]] = {}
    """Each adapter by a name, with the leaves that it uses, by their paths in an event."""
    recipients: list[_Recipient] = []
    systems: list[_System] = []
    signatories: list[_Signatory] = []


def load_directory(path: Path) -> Directory:
    """Return the directory of one file.

    Raises:
        DocumentInvalid: naming file and line for everything that is wrong.
    """
    document = Document(path)
    document.finish()
    try:
        spec = msgspec.convert(document.value, type=_Spec)
    except msgspec.ValidationError as error:
        document.wrong(_address(str(error)), str(error).split(" - at ")[0])
        document.finish()
        raise
    reader = _Reader(document, spec)
    directory = reader.directory()
    document.finish()
    return directory


class _Reader:
    """Makes the directory, noting whatever names something that is not there."""

    def __init__(self, document: Document, spec: _Spec) -> None:
        self.document, self.spec = document, spec
        self.agencies = {a.id for a in spec.agencies}
        self.schemes, self.establishments = {s.id for s in spec.schemes}, set(spec.establishments)
        self.agency_of = {r.id: r.agency for r in spec.recipients}
        self.recipients = set(self.agency_of)

    def directory(self) -> Directory:
        spec = self.spec
        self._unique("agencies", [a.id for a in spec.agencies])
        self._unique("recipients", [r.id for r in spec.recipients])
        self._unique("systems", [s.client_id for s in spec.systems])
        self._unique("systems", [s.source for s in spec.systems])
        self._unique("signatories", [s.id for s in spec.signatories])
        signatories = {s.id: self._signatory(("signatories", i), s) for i, s in enumerate(spec.signatories)}
        self._one_person_a_key(list(signatories.values()))
        for name, leaves in spec.adapters.items():
            for i, leaf in enumerate(leaves):
                self._known(("adapters", name, i), "leaf", [leaf], set(categories_by_path()))
        return Directory(
            signatories=signatories,
            agencies={a.id: Agency(id=a.id, name=a.name, kind=a.kind) for a in spec.agencies},
            schemes={
                s.id: Scheme(id=s.id, name=s.name, kind=s.kind, area=s.area, contact=s.contact) for s in spec.schemes
            },
            establishments=spec.establishments,
            recipients={r.id: self._recipient(("recipients", i), r) for i, r in enumerate(spec.recipients)},
            systems={s.client_id: self._system(("systems", i), s) for i, s in enumerate(spec.systems)},
        )

    def _recipient(self, at: Address, r: _Recipient) -> Recipient:
        self._known((*at, "agency"), "agency", [r.agency], self.agencies)
        self._known((*at, "schemes"), "scheme", r.schemes, self.schemes)
        self._known((*at, "establishments"), "establishment", r.establishments, self.establishments)
        self._known((*at, "works_with"), "recipient", r.works_with, self.recipients)
        self._known((*at, "adapter"), "adapter", [r.adapter] if r.adapter else [], set(self.spec.adapters))
        for pattern in r.listens:
            if not spread([pattern]):
                self.document.wrong((*at, "listens"), f"'{pattern}' names no event type")
        return Recipient(
            id=r.id,
            role=r.role,
            agency=r.agency,
            name=r.name,
            schemes=frozenset(r.schemes),
            areas=frozenset(r.areas),
            establishments=frozenset(r.establishments),
            stations=frozenset(r.stations),
            courts=frozenset(r.courts),
            works_with=frozenset(r.works_with),
            national=r.national,
            listens=spread(r.listens),
            adapter=r.adapter,
            reads=frozenset(self.spec.adapters.get(r.adapter, ())),
        )

    def _system(self, at: Address, s: _System) -> System:
        self._known((*at, "agency"), "agency", [s.agency], self.agencies)
        self._known((*at, "recipients"), "recipient", s.recipients, self.recipients)
        for name in s.recipients:
            if self.agency_of.get(name, s.agency) != s.agency:
                self.document.wrong((*at, "recipients"), f"'{name}' is a recipient of another agency")
        return System(
            client_id=s.client_id,
            agency=s.agency,
            source=s.source,
            permissions=frozenset(map(str, s.permissions)),
            recipients=frozenset(s.recipients),
            keys=tuple(k for i, raw in enumerate(s.keys) if (k := self._key((*at, "keys", i), raw))),
            signs_receipts=s.signs_receipts,
        )

    def _signatory(self, at: Address, s: _Signatory) -> Signatory:
        self._known((*at, "agency"), "agency", [s.agency], self.agencies)
        if not IDENTIFIER.fullmatch(s.id):
            self.document.wrong((*at, "id"), "is 1 to 128 visible ASCII characters")
        if not s.keys:
            self.document.wrong((*at, "keys"), "a signatory is known by a key")
        keys = tuple(k for i, raw in enumerate(s.keys) if (k := self._key((*at, "keys", i), raw)))
        return Signatory(id=s.id, name=s.name, agency=s.agency, keys=keys)

    def _one_person_a_key(self, signatories: Sequence[Signatory]) -> None:
        """Refuse that one key is two people: whoever has it could propose and approve."""
        owner: dict[str, str] = {}
        for index, signatory in enumerate(signatories):
            for key in signatory.keys:
                if owner.setdefault(key.thumbprint(), signatory.id) != signatory.id:
                    sentence = f"a key of '{signatory.id}' is a key of '{owner[key.thumbprint()]}' as well"
                    self.document.wrong(("signatories", index, "keys"), sentence)

    def _key(self, at: Address, raw: dict[str, Any] | str) -> PublicJwk | None:
        try:
            if isinstance(raw, str):
                return parse_jwk(
                    msgspec.json.decode((self.document.path.parent / raw).read_bytes(), type=dict[str, Any])
                )
            return parse_jwk(raw)
        except (OSError, msgspec.DecodeError, HubError) as error:
            self.document.wrong(at, f"no public key as JWK ({type(error).__name__})")
            return None

    def _known(self, at: Address, what: str, words: Iterable[str], known: set[str]) -> None:
        for word in words:
            if word not in known:
                self.document.unknown(at, what, word, known)

    def _unique(self, key: str, ids: Sequence[str]) -> None:
        met: set[str] = set()
        for index, name in enumerate(ids):
            if name in met:
                self.document.wrong((key, index), f"'{name}' stands twice")
            met.add(name)


def _address(text: str) -> Address:
    """Return where a decoder's sentence points to."""
    path = re.search(r" - at `\$(.*)`$", text)
    parts = re.findall(r"\.(\w+)|\[(\d+)\]", path.group(1)) if path else []
    return tuple(name or int(index) for name, index in parts)
