"""The steps of an agreement's version: proposed, checked, approved by a second person, withdrawn or ended.

Whoever takes one signs it with a key of their own; the account that runs the command is nobody's consent.
Each is a part of a batch and an entry of the record. Nothing counts from a moment that is past when it is on disk: the
batch says so to the store, which has it done anew where it is not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from hub.access.jwk import PublicJwk
from hub.access.principal import Principal
from hub.access.statements import Step, read_signed
from hub.errors import DocumentInvalid, NotFound, OutOfTurn, Problem, SecondPerson, TooBusy
from hub.ledger.entry import Commitments, Entry, new_id
from hub.pipeline.draft import Batch
from hub.pipeline.record import Pending
from hub.pipeline.signing import Signer, check_same, statement_of
from hub.policy.load import clashes, load_written
from hub.policy.model import Agreement
from hub.policy.versions import History, State
from hub.store.port import StepKind, StepRow, VersionRow

LEAD = dt.timedelta(seconds=1)
"""What is to count at once counts from so much later: by then it is on disk, and every worker goes by it."""
FEWEST = 8
"""How many digits of its hash name a version at least."""
LONGEST = 200
"""How long the name of an agreement may be."""


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """Where a version stands after a step, and what keeps it from coming into force."""

    name: str
    version: str
    state: State
    since: dt.datetime | None = None
    """From when the step counts."""
    problems: tuple[Problem, ...] = ()

    @property
    def reference(self) -> str:
        """Return how the version is named."""
        return f"{self.name}@{self.version[:16]}"


class Publishing:
    """What a batch does with versions: all of it rests on what is known when its transaction ends."""

    def __init__(self, batch: Batch, principal: Principal, signed: str) -> None:
        """Begin a step that a signatory takes: ``signed`` is their statement of it.

        Raises:
            StatementRefused: no key of a signatory signed it.
            TooBusy: another step is taken in the same transaction.
        """
        if batch.changes.steps:
            raise TooBusy
        self._batch, self._principal = batch, principal
        self._text = signed
        self._signed = read_signed(signed, self._keys_of)
        self._history = History(batch.tx.steps())
        batch.tx.stands(self._history.generation, None, None)

    def _keys_of(self, signatory: str) -> Sequence[PublicJwk]:
        found = self._batch.tools.directory.signatories.get(signatory)
        return found.keys if found else ()

    def _is_signed(self, step: Step, versions: Iterable[str], since: dt.datetime | None = None) -> None:
        """Compare what is done with what was signed; in nothing may it be otherwise.

        Raises:
            NotSigned: something else was signed, or it was signed before another step.
        """
        statement = self._signed.statement
        done = statement_of(self._batch.tools, self._history, step, versions, since, statement.signatory)
        check_same(statement, done)

    def propose(self, document: bytes) -> Stood:
        """Keep a document as a draft, and check it beside whatever it would be in force with today.

        Raises:
            NotSigned: it is not what the statement says.
            DocumentInvalid: it cannot be read, or says what no agreement may say.
            OutOfTurn: it was published, or is proposed and checked already.
        """
        agreement = load_written(Path("document"), document).agreement
        if len(agreement.name) > LONGEST or "@" in agreement.name or not agreement.name.isprintable():
            raise DocumentInvalid(Problem("agreement", f"is a name of at most {LONGEST} characters without @"))
        self._is_signed("propose", [f"{agreement.name}@{agreement.version}"])
        if not self._history.of(agreement.version):
            row = VersionRow(hash=agreement.version, name=agreement.name, document=document)
            self._batch.changes.versions.append(row)
        elif (state := self._state(agreement.version)) not in {"draft", "withdrawn"}:
            raise OutOfTurn(Problem(agreement.reference, f"is {state}"))
        self._step(agreement, "proposed")
        problems = tuple(clashes([agreement, *self._beside(agreement.name)]))
        if not problems:
            self._step(agreement, "checked")
        state = "draft" if problems else "checked"
        return Stood(name=agreement.name, version=agreement.version, state=state, problems=problems)

    def approve(self, references: Sequence[str], since: dt.datetime | None) -> list[Stood]:
        """Let checked versions come into force together from a moment on, or at once.

        Raises:
            NotFound: a reference names no version, or several.
            NotSigned: it is not what the statement says.
            SecondPerson: it is the proposer who approves, or whoever has the proposer's key.
            OutOfTurn: a version is not checked, or its own dates do not allow it, or the moment is past.
            DocumentInvalid: they cannot be in force with what else is from then on.
        """
        self._is_signed("approve", map(self._whole, references), since)
        begin = self._begin(since)
        found = [self._found(reference) for reference in references]
        for agreement in found:
            self._may_begin(agreement, begin)
        if len({a.name for a in found}) < len(found):
            raise OutOfTurn(Problem("versions", "two of them are of one agreement"))
        self._covers_the_files(found, begin)
        self._goes_together(found, begin)
        for agreement in found:
            self._step(agreement, "approved", begin)
        return [Stood(name=a.name, version=a.version, state="approved", since=begin) for a in found]

    def withdraw(self, reference: str) -> Stood:
        """Take back what is not in force yet; whatever is in force until then stays so.

        Raises:
            NotFound: the reference names no version, or several.
            NotSigned: it is not what the statement says.
            OutOfTurn: it was in force, or is withdrawn.
        """
        name, version = self._named(reference)
        self._is_signed("withdraw", [f"{name}@{version}"])
        if (state := self._state(version)) not in {"draft", "checked", "approved"}:
            raise OutOfTurn(Problem(reference, f"is {state}"))
        coming = [t.since for t in self._history.terms if t.version == version and t.since > self._batch.now]
        self._batch.tx.stands(self._history.generation, self._batch.now, min(coming, default=None))
        self._step_of(name, version, "withdrawn")
        return Stood(name=name, version=version, state="withdrawn")

    def end(self, reference: str, since: dt.datetime | None, second: str) -> Stood:
        """Let nothing of an agreement be in force from a moment on, or at once; ``second`` is another's statement.

        Raises:
            NotFound: the reference names no version, or several.
            NotSigned: it is not what a statement says.
            OutOfTurn: it is not in force at that moment.
            SecondPerson: it withholds beside others, and no second person says that it ends.
        """
        name, version = self._named(reference)
        self._is_signed("end", [f"{name}@{version}"], since)
        also = self._second(second, f"{name}@{version}", since) if second else None
        begin = self._begin(since)
        if self._history.in_force(begin).get(name) != version:
            raise OutOfTurn(Problem(reference, "is not in force at that moment"))
        others = [other for other in self._history.in_force(begin) if other != name]
        withholds = others and any(rule.effect == "withhold" for rule in self._read(name, version).rules)
        if withholds and (also is None or also.same(self._signer)):
            raise SecondPerson(Problem(reference, f"its withholdings end with it, and {', '.join(others)} stays"))
        self._step_of(name, version, "ended", begin, f" and {also.word}: {second.strip()}" if also else "")
        return Stood(name=name, version=version, state="ended", since=begin)

    def _second(self, signed: str, version: str, since: dt.datetime | None) -> Signer:
        """Return who else signed the same end."""
        read = read_signed(signed, self._keys_of)
        statement = read.statement
        check_same(
            statement, statement_of(self._batch.tools, self._history, "end", [version], since, statement.signatory)
        )
        return Signer(statement.signatory, read.key)

    def _begin(self, since: dt.datetime | None) -> dt.datetime:
        """Return the moment from which a step counts; the transaction must be over by then."""
        now = self._batch.now
        if since is not None and since <= now:
            raise OutOfTurn(Problem("from", "is past: what was decided since was decided under what was in force then"))
        begin = since or now + LEAD
        self._batch.tx.stands(self._history.generation, now, begin)
        return begin

    def _may_begin(self, agreement: Agreement, begin: dt.datetime) -> None:
        own, day = self._history.of(agreement.version), begin.date()
        if (state := self._state(agreement.version)) not in {"checked", "superseded", "ended"}:
            raise OutOfTurn(Problem(agreement.reference, f"is {state}"))
        if any(Signer.of(step.by).same(self._signer) for step in own if step.step == "proposed"):
            raise SecondPerson(Problem(agreement.reference, "was proposed by the same person"))
        if self._history.in_force(begin).get(agreement.name) == agreement.version:
            raise OutOfTurn(Problem(agreement.reference, "is in force at that moment anyway"))
        if not agreement.in_force(day):
            raise OutOfTurn(Problem(agreement.reference, "is before the day on which it was agreed, or after its end"))
        if agreement.review <= day:
            raise OutOfTurn(Problem(agreement.reference, "its review would be due before it comes into force"))

    def _covers_the_files(self, found: Iterable[Agreement], begin: dt.datetime) -> None:
        """Refuse that an agreement of the files ends, with all that it withholds, because others are published."""
        begins = self._history.begins
        if begins is not None and begins <= begin:
            return
        published = {agreement.name for agreement in found}
        files = [a.name for a in self._batch.tools.shelf.agreements if a.in_force(begin.date())]
        if missing := [name for name in files if name not in published]:
            rule = f"from then on no file is in force, so approve these together with it: {', '.join(missing)}"
            raise OutOfTurn(Problem("from", rule))

    def _goes_together(self, found: Sequence[Agreement], begin: dt.datetime) -> None:
        """Check all that is in force together, then and whenever something comes or goes later."""
        last, now = self._history.generation, self._batch.now
        steps = (
            StepRow(
                version=a.version,
                name=a.name,
                step="approved",
                at=now,
                by=self._signer.word,
                moment=begin,
                index=last + i,
            )
            for i, a in enumerate(found, 1)
        )
        after = History([*self._history.steps, *steps])
        for moment in (begin, *(term.since for term in after.terms if term.since > begin)):
            if problems := tuple(clashes([self._read(n, v) for n, v in after.in_force(moment).items()])):
                raise DocumentInvalid(*problems)

    def _beside(self, name: str) -> list[Agreement]:
        """Return what else is in force now, by published versions or by the files."""
        begins, now = self._history.begins, self._batch.now
        if begins is None or now < begins:
            return [a for a in self._batch.tools.shelf.agreements if a.name != name and a.in_force(now.date())]
        return [self._read(n, v) for n, v in self._history.in_force(now).items() if n != name]

    @property
    def _signer(self) -> Signer:
        return Signer(self._signed.statement.signatory, self._signed.key)

    def _whole(self, reference: str) -> str:
        return "@".join(self._named(reference))

    def _found(self, reference: str) -> Agreement:
        return self._read(*self._named(reference))

    def _named(self, reference: str) -> tuple[str, str]:
        return named(self._history, reference)

    def _read(self, name: str, version: str) -> Agreement:
        return self._batch.tools.shelf.version(name, version, self._batch.tx)

    def _state(self, version: str) -> State:
        return self._history.state(version, self._batch.now)

    def _step(self, agreement: Agreement, step: StepKind, since: dt.datetime | None = None) -> None:
        self._step_of(agreement.name, agreement.version, step, since)

    def _step_of(
        self, name: str, version: str, step: StepKind, since: dt.datetime | None = None, also: str = ""
    ) -> None:
        """Take a step, and record it: which version and from when, and sealed whose it was."""
        row = StepRow(version=version, name=name, step=step, at=self._batch.now, by=self._signer.word, moment=since)
        self._batch.changes.steps.append(row)
        entry = Entry(
            id=new_id(),
            at=self._batch.now,
            kind="policy",
            event=f"policy.{step}",
            reference=f"{name}@{version}" + (f" from {since.isoformat()}" if since else ""),
            by=self._principal.client_id,
        )
        self._batch.pending.append(Pending(entry, Commitments(), f"{self._signer.word}: {self._text.strip()}{also}"))


def named(history: History, reference: str) -> tuple[str, str]:
    """Return the name and the whole hash of a version that is named as ``NAME@HASH``, by as many digits as tell it.

    Raises:
        NotFound: there is no such version, or more than one.
    """
    name, _, digits = reference.rpartition("@")
    known: Mapping[str, str] = {step.version: step.name for step in history.steps}
    found = [v for v, of in known.items() if of == name and v.startswith(digits) and len(digits) >= FEWEST]
    if len(found) != 1:
        raise NotFound(Problem(reference, "names no version"))
    return name, found[0]
