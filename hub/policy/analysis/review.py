"""What agreements may say and hardly mean: rules without effect, what nobody gets, who does not listen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec

from hub.directory.model import Directory
from hub.policy.analysis.forms import Forms
from hub.policy.analysis.idle import Idle, Idling
from hub.policy.analysis.marks import ever_given
from hub.policy.analysis.reading import Desk, Reading
from hub.policy.analysis.regions import NOWHERE
from hub.policy.analysis.shifts import Comparison
from hub.policy.model import Agreement
from hub.policy.status import never_of_anybody, told_the_status
from schemas.catalogue import CATALOGUE
from schemas.labels import Role


class Remark(msgspec.Struct, frozen=True):
    """One thing to look at: what most likely is a mistake, or else only worth knowing."""

    sentence: str
    rule: str | None = None
    """The rule that it is about, if about one."""
    likely: bool = True
    """Whether it most likely is a mistake."""


def remarks(agreements: Sequence[Agreement], directory: Directory | None = None) -> tuple[Remark, ...]:
    """Return what there is to say of agreements that are in force together, worked out over every case.

    What depends on who takes part is said only where the directory is given.
    """
    desk = Desk(Forms(agreements))
    reading = Reading(agreements, desk)
    given = _Given(reading)
    found = [
        (_idle(idle) for idle in Idling(reading).all()),
        _terms(agreements),
        _unheard(agreements, reading),
        _nobody(given),
        _lapsing(agreements, desk),
        _of_nobody_else(agreements),
    ]
    if directory is not None:
        found += [
            _taking_part(agreements, directory, given),
            _listening(agreements, directory, given),
            _used(directory, given),
        ]
    return tuple(chain.from_iterable(found))


def _idle(idle: Idle) -> Remark:
    gives = idle.rule.effect == "give"
    if idle.never:
        return Remark("can never hold: no case is left that its conditions ask for", idle.rule.id)
    covers = [f"as much is given by {_some(idle.given_by)}"] if idle.given_by else []
    if idle.withheld_by:
        covers.append(f"it is {'' if gives else 'already '}withheld by {_some(idle.withheld_by)}")
    if gives:
        covers += ["no rule gives the other category that it needs"] if idle.ungiven else []
        covers += ["nobody is sent the messages that it speaks of"] if not covers else []
    elif idle.ungiven or not covers:
        covers.append("no rule gives it")
    what = "changes nobody's view" if gives else "takes nothing from anybody"
    return Remark(f"{what} in any case: {', '.join(covers)}", idle.rule.id, likely=gives)


def _terms(agreements: Iterable[Agreement]) -> Iterator[Remark]:
    """Yield the purposes, gateways and obligations that no rule names."""
    for a in agreements:
        used = {
            "purpose": {r.purpose for r in a.rules},
            "gateway": {r.gateway for r in a.rules},
            "obligation": {word for r in a.rules for word in r.obligations},
        }
        for kind, defined in (("purpose", a.purposes), ("gateway", a.gateways), ("obligation", a.obligations)):
            if unused := defined.keys() - used[kind]:
                yield Remark(f"no rule of {a.name} names the {kind} {_some(unused)}", likely=False)


def _of_nobody_else(agreements: Sequence[Agreement]) -> Iterator[Remark]:
    """Yield the grants to roles that may never know the status, which hold of nobody on no scheme."""
    told = told_the_status(agreements)
    for rule in (rule for agreement in agreements for rule in agreement.rules if rule.effect == "give"):
        if (never := rule.roles - told) and (what := never_of_anybody(rule)):
            sentence = (
                f"gives nothing to {_some(never)}: they may not know the status, are decided for as if the person were"
                f" on no scheme, and then '{what}' never holds"
            )
            yield Remark(sentence, rule.id, likely=never == rule.roles)


def _unheard(agreements: Iterable[Agreement], reading: Reading) -> Iterator[Remark]:
    """Yield who must hear of what, and can in no case."""
    for role, kinds in _by_role(pair for a in agreements for pair in a.requires).items():
        never = [k for k in kinds if reading.sheet(role, k).present(CATALOGUE[k]) == NOWHERE]
        if never:
            yield Remark(f"{role} must hear of {_some(never)}, and no rule lets them in any case")


class _Given:
    """Who is ever given what, in whatever case."""

    def __init__(self, reading: Reading) -> None:
        self.forms = reading.desk.forms
        self.by_role: Mapping[Role, Mapping[int, frozenset[str]]] = {role: ever_given(reading, role) for role in Role}

    def kinds(self, role: Role) -> frozenset[str]:
        """Return the event types of which a role is told in some case."""
        return frozenset().union(*self.by_role[role].values())

    def paths(self) -> set[str]:
        """Return the leaves that somebody is given of some event type, in some case."""
        return {path for role in self.by_role for path in self.paths_for(role)}

    def paths_for(self, role: Role) -> set[str]:
        """Return the leaves that a role is given of some event type, in some case."""
        given = self.by_role[role].items()
        return {path for form, kinds in given for kind in kinds for path in self.forms.paths(kind, form)}


def _nobody(given: _Given) -> Iterator[Remark]:
    forms = given.forms
    told = frozenset().union(*(given.kinds(role) for role in Role))
    if kinds := [kind for kind in forms.catalogue if kind not in told]:
        yield Remark(f"nobody is told of {_some(kinds)} in any case")
    every = {path for kind in told for form in forms.of(kind) for path in forms.paths(kind, form)}
    if paths := every - given.paths():
        yield Remark(f"nobody is given {_some(paths)} in any case")
    if roles := [role for role in Role if not given.by_role[role] and role is not Role.OVERSIGHT]:
        yield Remark(f"nothing is given to {_some(roles)} in any case", likely=False)


def _lapsing(agreements: Sequence[Agreement], desk: Desk) -> Iterator[Remark]:
    """Yield the agreements that end before others from whose grants they withhold."""
    for ending in agreements:
        left = [a for a in agreements if a is not ending and (a.ends is None or (ending.ends and a.ends > ending.ends))]
        if ending.ends is None or not left:
            continue
        found = Comparison(Reading([*left, ending], desk), Reading(left, desk)).found()
        if roles := sorted({f.place.role for f in found if f.shift.before is None}):
            yield Remark(
                f"when {ending.name} ends on {ending.ends}, what it withholds is given again to {_some(roles)}"
            )


def _taking_part(agreements: Iterable[Agreement], directory: Directory, given: _Given) -> Iterator[Remark]:
    """Yield the roles that nobody in the directory acts in, and the rules that are for such roles alone."""
    there = {recipient.role for recipient in directory.recipients.values()}
    for a in agreements:
        for rule in a.rules:
            if rule.effect == "give" and not rule.roles & there:
                yield Remark("gives to nobody in the directory", rule.id)
    absent = [role for role in Role if role not in there and given.by_role[role]]
    if absent:
        yield Remark(f"nobody in the directory receives as {_some(absent)}", likely=False)
    if idle := [role for role in Role if role in there and not given.by_role[role]]:
        yield Remark(f"nothing is given in any case to {_some(idle)}, and the directory has recipients in these roles")


def _listening(agreements: Iterable[Agreement], directory: Directory, given: _Given) -> Iterator[Remark]:
    """Yield what roles may be told of and none of their recipients listens to; most likely wrong where they must."""
    heard: dict[Role, set[str]] = {}
    for recipient in directory.recipients.values():
        heard.setdefault(recipient.role, set()).update(recipient.listens)
    for role, kinds in _by_role(pair for a in agreements for pair in a.requires).items():
        if missed := [kind for kind in kinds if kind not in heard.get(role, ())]:
            yield Remark(f"{role} must hear of {_some(missed)}, and no recipient in that role listens")
    for role, listens in sorted(heard.items()):
        if missed := sorted(given.kinds(role) - listens):
            yield Remark(f"no recipient listens as {role} to {_some(missed)}, of which they may be told", likely=False)


def _used(directory: Directory, given: _Given) -> Iterator[Remark]:
    """Yield what the adapters of a role use and its recipients are given in no case."""
    missed: dict[tuple[str, frozenset[str]], set[Role]] = {}
    for recipient in directory.recipients.values():
        if paths := recipient.reads - given.paths_for(recipient.role):
            missed.setdefault((recipient.adapter, paths), set()).add(recipient.role)
    for (adapter, paths), roles in missed.items():
        yield Remark(f"the adapter {adapter} uses {_some(paths)}, given in no case to {_some(roles)}", likely=False)


def _by_role(pairs: Iterable[tuple[str, Role]]) -> Mapping[Role, list[str]]:
    found: dict[Role, list[str]] = {}
    for kind, role in pairs:
        if kind not in found.setdefault(role, []):
            found[role].append(kind)
    return found


def _some(words: Iterable[str]) -> str:
    """Return words for a person to read: all of a few, or some and how many more."""
    known = sorted(map(str, words))
    return ", ".join(known) if len(known) <= 8 else f"{', '.join(known[:6])} and {len(known) - 6} more"
