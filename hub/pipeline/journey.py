"""The path of an event on one screen.

``accept`` takes one body from an agency: read, repeated?, whose own?, about whom? Then ``follow``: what it
changes, what follows from it, and each of these told. All of it is a draft until the batch
commits; nothing leaves the hub before that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec
import structlog
from msgspec import UNSET
from msgspec.structs import replace

from hub.access.principal import Principal
from hub.consequences.model import Consequence
from hub.consequences.rules import consequences
from hub.directory.model import Agency
from hub.errors import DifferentContent, NotYours, Problem, Refused, StoreUnavailable, Suspended
from hub.identity.canonical import canonical
from hub.identity.ladder import Ambiguous
from hub.intake.authority import KEEPS_RECORDS, as_known, check_named
from hub.intake.plausible import check_plausible
from hub.intake.read import Event, check_own
from hub.ledger.entry import Commitments, Entry, Processing, new_id
from hub.pipeline.amending import amends_said, put_right_by, put_right_what_followed, withdraw_event
from hub.pipeline.calling_back import call_back
from hub.pipeline.correcting import Amends, correct
from hub.pipeline.disclosing import Fact
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.holding import AMBIGUOUS, HUB_FAULT, to_try_again
from hub.pipeline.identify import Identified, identify, index, keys_to_find
from hub.pipeline.identities import SPECIAL
from hub.pipeline.reads import Wanted
from hub.pipeline.regime import regime_of
from hub.pipeline.share import merge_shared, share
from hub.pipeline.submission import Submission, content_key, id_of, seen_key, type_of
from hub.pipeline.tools import HUB_SOURCE, Tools
from hub.register.altered import altered
from hub.register.apply import apply
from hub.register.standing import standing
from hub.register.state import PersonState
from hub.store.port import DueRow, HeldRow
from schemas.envelope import Envelope, envelope_of
from schemas.events.occurrence import Occurrence
from schemas.exchange import Outcome
from schemas.labels import Role

log = structlog.get_logger("journey")
_encode = msgspec.json.Encoder().encode


class Submitting:
    """The taking of one event, as an operation that says beforehand what it will ask of the store."""

    def __init__(self, submission: Submission) -> None:
        """Take what was submitted."""
        self._submission = submission

    def wants(self, tools: Tools, now: dt.datetime) -> Wanted | None:
        """Return what will be asked for; None of what is refused at once."""
        try:
            event = self._submission.event
            keys = keys_to_find(tools.sealer, event.envelope.data, now.date())
        except Refused:
            return None
        return Wanted(seen_key(tools, event), keys)

    def __call__(self, batch: Batch) -> Outcome:
        """Take the event."""
        return submit(batch, self._submission)


def submit(batch: Batch, submission: Submission) -> Outcome:
    """Take one event into the batch. A refusal is kept for operators and harms nothing else.

    What the hub itself cannot do with an event that it took is kept as well, and tried again: it is acknowledged only
    because it is kept.
    """
    draft = Draft(batch)
    try:
        outcome = accept(draft, submission)
    except Refused as refusal:
        draft = Draft(batch)
        keep_refusal(draft, submission, refusal)
        outcome = Outcome(
            id=id_of(submission.body),
            state="refused",
            problem=refusal.code(),
            fields=[f"{p.field}: {p.rule}" for p in refusal.problems],
        )
    except StoreUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one event's fault must not take its batch with it
        log.error("event-failed", error=type(error).__name__)
        draft = Draft(batch)
        keep(draft, submission, HUB_FAULT)
        outcome = Outcome(id=id_of(submission.body), state="accepted")
    draft.absorb()
    return outcome


def note_refusal(batch: Batch, principal: Principal, refusal: Refused, body: bytes = b"") -> None:
    """Keep for operators what a door refused unread: who sent it and why, and its body where that is at hand."""
    draft = Draft(batch)
    keep_refusal(draft, Submission(principal, body), refusal)
    draft.absorb()


def accept(draft: Draft, submission: Submission, settled: PersonState | None = None, *, held: bool = False) -> Outcome:
    """Read one event, and follow it. ``settled`` is a coordinator's answer to the question of whom it is about.

    ``held`` says that it was taken before and kept since: it is no repeat of itself.

    Raises:
        Refused: the body, the schema, the identity or the authority does not hold.
    """
    event = submission.event
    _check_authority(draft, submission.principal, event)
    check_plausible(event.envelope, draft.now)
    key = seen_key(draft.tools, event)
    root = put_right_by(draft.tools, event)
    earlier = draft.digest_of(key)
    if earlier is not None and settled is None and not held:
        if earlier not in {content_key(draft.tools, event), event.digest}:  # at first it was kept without a key
            raise DifferentContent(Problem("id", "was used before with different content"))
        return Outcome(id=event.envelope.id, state="repeated")
    if earlier is None:
        draft.changes.seen[key] = content_key(draft.tools, event)
    said = canonical(event.envelope.data, draft.now.date())
    event_said = replace(event.envelope, data=as_known(said, _agency(draft, submission.principal)))
    origin = Fact(event=event_said, reference=key.hex(), by=submission.principal.client_id, corrects=root)
    special = SPECIAL.get(event.envelope.type)
    question: Ambiguous | None = None
    if event.envelope.withdraws is not UNSET:
        withdraw_event(draft, origin)
    else:
        question = special(draft, origin, follow, settled) if special else _ordinary(draft, origin, settled)
    if question is not None:
        _ask(draft, submission, question)
    return Outcome(id=event.envelope.id, state="accepted")


def _ordinary(draft: Draft, origin: Fact, settled: PersonState | None) -> Ambiguous | None:
    publisher = draft.tools.directory.systems[origin.by].agency
    keeps_records = draft.tools.directory.agencies[publisher].kind in KEEPS_RECORDS
    found = identify(draft, origin.event.data, settled, keeps_records=keeps_records)
    if isinstance(found, Ambiguous):
        return found
    follow(draft, origin, found)
    return None


def follow(draft: Draft, origin: Fact, found: Identified) -> PersonState:
    """Change the register, infer what follows, and tell each of it; return the person's new state."""
    amends = amends_said(draft, origin) if origin.corrects else None
    before = found.state
    after = apply(before, origin.event, draft.now)
    after = replace(after, sequence=before.sequence + 1, postcodes=after.postcodes | found.evidence.postcodes)
    directory = draft.tools.directory
    _collect(draft, origin, before, after, found)
    after = tell(draft, origin, before, after, amends)
    for made in consequences(before, after, origin.event, draft.now, directory):
        if made.due is not None and made.due > draft.now:
            schedule(draft, made, origin, after)
        else:
            after = tell(draft, fact_of(draft, made, origin), before, after, amends)
    if amends:
        after = merge_shared(after, put_right_what_followed(draft, origin, before, after, amends))
    call_back(draft, origin.reference, before, after)
    draft.people[after.id] = after
    index(draft, before, after, found.evidence)
    return after


def tell(
    draft: Draft, fact: Fact, before: PersonState, after: PersonState, amends: Amends | None = None
) -> PersonState:
    """Tell one fact, and to the coordinator whatever nobody heard; return the state with who was told."""
    shared = correct(draft, fact, before, after, amends) if amends else share(draft, fact, before, after)
    after = merge_shared(after, shared)
    for gap in shared.gaps:
        after = merge_shared(after, share(draft, fact_of(draft, gap, fact), before, after))
    return after


def fact_of(draft: Draft, made: Consequence, origin: Fact) -> Fact:
    """Return what the hub itself says, as a fact to be told; its time is the hub's own."""
    event: Envelope[Occurrence] = envelope_of(
        made.kind, made.data, event_id=new_id(), source=HUB_SOURCE, time=draft.now
    )
    return Fact(event=event, addressed=made.addressed, reference=origin.reference, by="hub", corrects=origin.corrects)


def schedule(draft: Draft, made: Consequence, origin: Fact, state: PersonState) -> None:
    """Keep something to be told later; whether it is still true is asked when it is due."""
    assert made.due is not None  # noqa: S101 - the caller asks only for what is due later
    body = draft.batch.keyring.own(state.id).seal(
        "due", _encode((made.kind, made.data, sorted(made.addressed), origin.reference))
    )
    draft.changes.due.append(DueRow(id=new_id(), at=made.due, person=state.id, body=body))


def _collect(draft: Draft, origin: Fact, before: PersonState, state: PersonState, found: Identified) -> None:
    """Record that the event was collected, and what of the register it altered (section 62)."""
    entry = Entry(
        id=new_id(),
        at=draft.now,
        kind="collection",
        event=origin.event.type,
        reference=origin.reference,
        person=state.id,
        category=standing(state, origin.event.type),
        by=origin.by,
        corrects=origin.corrects or UNSET,
        processing=Processing(
            regime=regime_of(draft.tools.directory, draft.tools.directory.systems[origin.by].agency),
            altered=altered(before, state),
        ),
    )
    draft.record(entry, Commitments(), named=tuple(sorted(token for _, token in found.evidence.identifiers)))


def _check_authority(draft: Draft, principal: Principal, event: Event) -> None:
    agency = _agency(draft, principal)
    check_own(event, agency=agency.kind, source=draft.tools.directory.systems[principal.client_id].source)
    check_named(event.envelope.type, event.envelope.data, agency, draft.tools.directory)


def _agency(draft: Draft, principal: Principal) -> Agency:
    system = draft.tools.directory.systems.get(principal.client_id)
    if system is None:
        raise NotYours(Problem("source", "your system is not in the directory"))
    if system.agency in draft.batch.suspended:
        raise Suspended
    return draft.tools.directory.agencies[system.agency]


def _ask(draft: Draft, submission: Submission, question: Ambiguous) -> None:
    """Hold an event for the scheme of a candidate; its publisher is not told: that there is a question is a fact."""
    candidates = draft.load(question.person_ids)
    leads = (candidates[i].lead for i in question.person_ids if i in candidates)
    scheme = next((lead.scheme for lead in leads if lead), "")
    coordinators = [r.agency for r in draft.tools.directory.at("scheme", scheme) if r.role is Role.COORDINATOR]
    asked = replace(submission.principal, agency=coordinators[0] if coordinators else "hub")
    why = f"data.subject: {question.why}"
    keep(draft, Submission(asked, submission.body), AMBIGUOUS, [why], question.person_ids)


def keep(
    draft: Draft,
    submission: Submission,
    reason: str,
    fields: Iterable[str] = (),
    candidates: tuple[str, ...] = (),
    held_id: str = "",
) -> None:
    """Hold an event: the hub tries again what it could not do itself, anything else is for somebody to look at."""
    who = submission.principal
    row = HeldRow(
        id=held_id or new_id(),
        at=draft.now,
        reason=reason,
        agency=who.agency,
        client=who.client_id,
        kind=type_of(submission.body),
        fields=tuple(fields),
        candidates=candidates,
        body=b"",
    )
    draft.hold(to_try_again(row) if reason == HUB_FAULT else row, submission.body)


def keep_refusal(draft: Draft, submission: Submission, refusal: Refused) -> None:
    """Hold a refused event, with the fields and rules and never a value, and record it of a system that is known."""
    held_id, who = new_id(), submission.principal
    keep(draft, submission, refusal.code(), [f"{p.field}: {p.rule}" for p in refusal.problems], held_id=held_id)
    if who.client_id not in draft.tools.directory.systems:
        return  # otherwise anybody could make the record grow
    entry = Entry(
        id=new_id(),
        at=draft.now,
        kind="refusal",
        event="event.refused",
        reference=f"{refusal.code()} {held_id}",
        by=who.client_id,
        processing=Processing(regime=regime_of(draft.tools.directory, who.agency), user=who.user or ""),
    )
    draft.record(entry, Commitments())
