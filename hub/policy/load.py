"""Agreements from YAML, strictly: an unknown word is an error with file and line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, get_args

from hub.document import Address, Document
from hub.errors import DocumentInvalid, Problem
from hub.policy.facts import CONCERNED, FACTS, INDEX, RELATION, mask_of
from hub.policy.model import Agreement, Line, Regime, Rule, Target
from hub.policy.transforms import NAMING_YOU, TRANSFORMS
from schemas.canonical import digest
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from schemas.leaves import leaves_of

_TOP = {
    "agreement", "title", "owner", "parties", "agreed", "review", "ends", "regime", "special-categories", "purposes",
    "gateways", "obligations", "groups", "people-on-no-scheme-days", "must-hear", "rules",
}  # fmt: skip
_RULE = {"id", "give", "to", "withhold", "from", "about", "when", "unless", "purpose", "gateway", "oblige", "accompanies", "always", "because"}
EVERYTHING = "everything"


def load_agreement(path: Path) -> Agreement:
    """Return the agreement of one file.

    Raises:
        DocumentInvalid: naming file, line, and what was probably meant, for everything that is wrong.
    """
    document = Document(path)
    agreement = _Reader(document).agreement()
    document.finish()
    assert agreement is not None  # noqa: S101 - finish() has raised otherwise
    return agreement


def load_agreements(paths: Iterable[Path]) -> tuple[Agreement, ...]:
    """Return the agreements of several files or folders of ``*.yaml`` files, by name.

    Raises:
        DocumentInvalid: a file is wrong, two agreements have one name, or there is none.
    """
    files = sorted(f for p in paths for f in (p.glob("*.yaml") if p.is_dir() else [p]))
    agreements = [load_agreement(f) for f in files]
    if not agreements or len({a.name for a in agreements}) < len(agreements):
        raise DocumentInvalid(Problem("policies", "there must be at least one agreement, each with a name of its own"))
    return tuple(sorted(agreements, key=lambda a: a.name))


class _Reader:
    """Turns one document into an agreement, noting every problem on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.groups: dict[str, frozenset[Role]] = {}
        self.top: dict[str, Any] = document.value if isinstance(document.value, dict) else {}

    def agreement(self) -> Agreement | None:
        top = self.top
        self._keys((), top, _TOP, required=_TOP - {"ends", "groups", "must-hear", "obligations", "people-on-no-scheme-days"})
        if top.get("regime") not in get_args(Regime):
            self.document.unknown(("regime",), "regime", str(top.get("regime")), get_args(Regime))
        if self.document.problems:
            return None
        self._read_groups()
        special = top["special-categories"] if isinstance(top["special-categories"], dict) else {}
        self._keys(("special-categories",), special, {"condition", "policy-document"}, required={"condition", "policy-document"})
        agreed, review = self._date("agreed"), self._date("review")
        rules = [rule for i, raw in enumerate(self._list("rules")) if (rule := self._rule(("rules", i), raw)) is not None]
        requires = tuple(pair for i, raw in enumerate(self._list("must-hear")) for pair in self._must_hear(("must-hear", i), raw))
        for index, rule in enumerate(rules):
            if rule.id in {earlier.id for earlier in rules[:index]}:
                self.document.wrong(("rules", index, "id"), f"the id '{rule.id}' stands twice")
        if self.document.problems:
            return None
        return Agreement(
            name=str(top["agreement"]), title=str(top["title"]), owner=str(top["owner"]), parties=tuple(map(str, self._list("parties"))),
            agreed=agreed, review=review, ends=self._date("ends") if "ends" in top else None, regime=top["regime"],
            special_category_condition=str(special["condition"]), policy_document=str(special["policy-document"]),
            purposes=self._texts("purposes"), gateways=self._texts("gateways"), obligations=self._texts("obligations"),
            unscheme_days=int(top.get("people-on-no-scheme-days", 90)), version=digest(top).hex(), rules=tuple(rules), requires=requires,
        )  # fmt: skip

    def _read_groups(self) -> None:
        for name, members in (self.top.get("groups") or {}).items():
            if name in set(Role):
                self.document.wrong(("groups", name), f"'{name}' is a role and cannot name a group")
            self.groups[name] = self._roles(("groups", name), members)

    def _rule(self, at: Address, raw: Any) -> Rule | None:  # noqa: ANN401 - straight from the document
        if not isinstance(raw, dict):
            self.document.wrong(at, "a rule is a mapping")
            return None
        gives = "give" in raw
        self._keys(at, raw, _RULE, required={"id"} | ({"give", "to", "purpose", "gateway"} if gives else {"withhold", "from"}))
        if gives == ("withhold" in raw):
            self.document.wrong(at, "a rule either gives or withholds")
            return None
        before = len(self.document.problems)
        verb, party = ("give", "to") if gives else ("withhold", "from")
        self._known(at, raw, "purpose", self.top.get("purposes"))
        self._known(at, raw, "gateway", self.top.get("gateways"))
        rule_when = self._lines((*at, "when"), raw.get("when") or {})
        if gives and not raw.get("accompanies") and not any(line.fact == RELATION for line in rule_when):
            rule_when = (Line(RELATION, CONCERNED), *rule_when)
        rule = Rule(
            id=str(raw.get("id")), effect="give" if gives else "withhold", roles=self._roles((*at, party), raw.get(party) or []),
            targets=tuple(t for i, word in enumerate(_listed(raw[verb])) if (t := self._target((*at, verb), str(word), gives=gives))),
            types=self._types((*at, "about"), raw.get("about")), when=rule_when, unless=self._exceptions((*at, "unless"), raw.get("unless")),
            purpose=str(raw.get("purpose", "")), gateway=str(raw.get("gateway", "")), obligations=self._obligations(at, raw),
            accompanies=bool(raw.get("accompanies", False)), always=bool(raw.get("always", False)), because=str(raw.get("because", "")),
        )  # fmt: skip
        return rule if len(self.document.problems) == before else None

    def _target(self, at: Address, word: str, *, gives: bool) -> Target | None:
        what, _, transform = word.partition(" as ")
        if word == EVERYTHING and not gives:
            return None
        if transform and not (gives and (transform in TRANSFORMS or transform == NAMING_YOU)):
            self.document.unknown(at, "transform", transform, [*TRANSFORMS, NAMING_YOU])
        elif "." in what:
            if any(leaf.path == what for row in CATALOGUE.values() for leaf in leaves_of(row.data)):
                return Target(path=what, transform=transform or None)
            self.document.unknown(at, "field", what, {leaf.path for row in CATALOGUE.values() for leaf in leaves_of(row.data)})
        elif what not in set(Category):
            self.document.unknown(at, "category", what, list(Category))
        elif transform in TRANSFORMS and TRANSFORMS[transform].category != what:
            self.document.wrong(at, f"'{transform}' is a transform of {TRANSFORMS[transform].category}")
        else:
            return Target(category=Category(what), transform=transform or None)
        return None

    def _lines(self, at: Address, raw: Any) -> tuple[Line, ...]:  # noqa: ANN401 - straight from the document
        if not isinstance(raw, dict):
            self.document.wrong(at, "a condition is a mapping of facts to words")
            return ()
        lines = []
        for name, words in raw.items():
            if name not in INDEX:
                self.document.unknown((*at, name), "fact", name, INDEX)
                continue
            domain = FACTS[INDEX[name]].domain
            said = [_word(w) for w in _listed(words)]
            for word in said:
                if word not in domain:
                    self.document.unknown((*at, name), f"word of '{name}'", word, domain)
            if not said:
                self.document.wrong((*at, name), "an empty list never holds")
            lines.append(Line(INDEX[name], mask_of(name, [w for w in said if w in domain])))
        return tuple(lines)

    def _exceptions(self, at: Address, raw: Any) -> tuple[tuple[Line, ...], ...]:  # noqa: ANN401 - straight from the document
        cases = _listed(raw) if raw else []
        if any(not case for case in cases):
            self.document.wrong(at, "an empty exception always holds")
        return tuple(self._lines(at, case) for case in cases)

    def _types(self, at: Address, raw: Any) -> frozenset[str]:  # noqa: ANN401 - straight from the document
        if raw is None:
            return frozenset(CATALOGUE)
        found: set[str] = set()
        for pattern in map(str, _listed(raw)):
            matched = [name for name in CATALOGUE if fnmatchcase(name, pattern)]
            if not matched:
                self.document.unknown(at, "event type", pattern, CATALOGUE)
            found.update(matched)
        return frozenset(found)

    def _roles(self, at: Address, raw: Any) -> frozenset[Role]:  # noqa: ANN401 - straight from the document
        found: set[Role] = set()
        for word in map(str, _listed(raw)):
            if word == "everyone":
                found.update(Role)
            elif word in self.groups:
                found.update(self.groups[word])
            elif word in set(Role):
                found.add(Role(word))
            else:
                self.document.unknown(at, "role or group", word, [*Role, *self.groups])
        return frozenset(found)

    def _obligations(self, at: Address, raw: dict[str, Any]) -> tuple[str, ...]:
        words = tuple(map(str, _listed(raw.get("oblige") or [])))
        for word in words:
            if word not in (self.top.get("obligations") or {}):
                self.document.unknown((*at, "oblige"), "obligation", word, self.top.get("obligations") or {})
        return words

    def _must_hear(self, at: Address, raw: Any) -> list[tuple[str, Role]]:  # noqa: ANN401 - straight from the document
        if not isinstance(raw, dict) or set(raw) != {"about", "roles"}:
            self.document.wrong(at, "says 'about' which events and which 'roles'")
            return []
        return [(kind, role) for kind in sorted(self._types(at, raw["about"])) for role in sorted(self._roles(at, raw["roles"]))]

    def _keys(self, at: Address, mapping: dict[str, Any], known: set[str], *, required: set[str]) -> None:
        for key in mapping:
            if key not in known:
                self.document.unknown((*at, key), "word", key, known)
        for key in sorted(required - set(mapping)):
            self.document.wrong(at, f"'{key}' is missing")

    def _known(self, at: Address, raw: dict[str, Any], key: str, known: Any) -> None:  # noqa: ANN401 - straight from the document
        if key in raw and str(raw[key]) not in (known or {}):
            self.document.unknown((*at, key), key, str(raw[key]), known or {})

    def _list(self, key: str) -> list[Any]:
        raw = self.top.get(key) or []
        if isinstance(raw, list):
            return raw
        self.document.wrong((key,), "is a list")
        return []

    def _texts(self, key: str) -> dict[str, str]:
        return {str(k): str(v) for k, v in (self.top.get(key) or {}).items()}

    def _date(self, key: str) -> dt.date:
        value = self.top.get(key)
        if isinstance(value, dt.date):
            return value
        self.document.wrong((key,), "is a date, year-month-day")
        return dt.date.min


def _listed(raw: Any) -> list[Any]:  # noqa: ANN401 - straight from the document
    return raw if isinstance(raw, list) else [raw]


def _word(raw: Any) -> str:  # noqa: ANN401 - YAML reads yes and no as booleans
    return {True: "yes", False: "no"}.get(raw, str(raw)) if isinstance(raw, bool) else str(raw)
