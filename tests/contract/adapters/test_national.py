"""The national adapter as a whole: every message has one end, whatever it holds and whatever the hub says."""

import asyncio
import json
import signal
import sys

import pytest
from aiohttp import ClientSession, web
from hypothesis import given
from hypothesis import strategies as st

from adapters.national.folder import Folder, watch
from adapters.national.look_ups import FileLookUp, HttpLookUp, LookUpFailed
from adapters.national.table import TABLE
from adapters.national.telling import Door, Telling, Told
from adapters.national.verdict import Aside, NotForTheHub
from adapters.sdk import AgencyKey, Publisher
from adapters.sdk.event_ids import EventIds
from adapters.sdk.testing import FakeHub, Fault
from schemas.exchange import FieldProblem, Outcome

IDS = EventIds(b"k" * 32)


def received(number="A1234BC", **more):
    information = {"nomsNumber": number, "reason": "ADMISSION", "nomisMovementReasonCode": "N", "prisonId": "BMI"}
    return {
        "eventType": "prison-offender-events.prisoner.received",
        "occurredAt": "2026-03-02T09:30:00Z",
        "additionalInformation": information,
        **more,
    }


def registered(crn="X123456"):
    return {
        "eventType": "probation-case.registration.added",
        "occurredAt": "2026-03-02T09:30:00+00:00[Europe/London]",
        "personReference": {"identifiers": [{"type": "CRN", "value": crn}]},
        "additionalInformation": {"registerTypeCode": "APPO"},
    }


def dates_changed():
    return {
        "eventType": "calculate-release-dates.prisoner.changed",
        "occurredAt": "2026-03-02T09:30:00Z",
        "additionalInformation": {"prisonerId": "A1234BC"},
    }


@pytest.fixture
async def doors(client, tmp_path, quick):
    async with (
        Publisher(client, tmp_path / "prison.db", quick) as prison,
        Publisher(client, tmp_path / "probation.db", quick) as probation,
    ):
        yield {"prison": Door(prison, "/prison"), "probation": Door(probation, "/probation")}


@pytest.fixture
def telling(doors):
    return Telling(doors, {}, "bham-north", IDS)


def encoded(*messages):
    return [json.dumps(message).encode() for message in messages]


async def test_each_agency_publishes_its_own(hub, telling):
    """Prison facts go out under the prison's source and probation's under probation's."""
    await telling.ends(encoded(received(), registered()))

    assert [("/prison", "custody.received"), ("/probation", "ppo.adopted")] == [
        (e.source, e.type) for e in hub.published
    ]


async def test_the_same_message_twice_is_one_event(hub, telling):
    """A replay, under another notification and with another time of publication, is known by what it says."""
    first = await telling.ends(encoded(received(publishedAt="2026-03-02T09:31:00Z")))
    again = await telling.ends(encoded(received(publishedAt="2026-07-01T00:00:00Z", version=2)))

    assert [Told("accepted"), Told("repeated")] == first + again
    assert 1 == len(hub.published)


async def test_two_facts_are_two_events(hub, telling):
    """Another person, and another hour, are another event."""
    later = received()
    later["occurredAt"] = "2026-03-02T10:30:00Z"

    await telling.ends(encoded(received(), received("B7654CB"), later))

    assert 3 == len({event.id for event in hub.published})


async def test_an_id_tells_nobody_whom_it_is_about(hub, doors):
    """Under another key the same fact has another id, so an id cannot be guessed from the fact."""
    await Telling(doors, {}, "s", IDS).ends(encoded(received()))
    await Telling(doors, {}, "s", EventIds(b"j" * 32)).ends(encoded(received()))

    assert 2 == len({event.id for event in hub.published})
    assert not any("A1234BC" in event.id for event in hub.published)


async def test_a_feed_without_a_client_is_kept_aside(hub, doors):
    """What this adapter may not assert is not published under somebody else's name."""
    telling = Telling({"prison": doors["prison"]}, {}, "s", IDS)

    (end,) = await telling.ends(encoded(registered()))

    assert isinstance(end, Aside)
    assert [] == hub.published


async def test_a_refusal_of_the_hub_is_kept_aside(hub, telling):
    """What the hub refuses is kept with the field and rule that it named, and keeps nothing else from going in."""
    hub.refusals["custody.received"] = ("invalid", [FieldProblem("data.custody.establishment", "unknown code")])

    ends = await telling.ends(encoded(received(), registered()))

    assert [Aside("data.custody.establishment: unknown code", "the hub refused it: invalid"), Told("accepted")] == ends


class Broken:
    async def find(self, key):
        raise LookUpFailed


async def test_a_look_up_that_fails_keeps_the_message(doors, monkeypatch):
    """A look-up that cannot be asked is tried again, and then the message is kept aside, with no date invented."""
    monkeypatch.setattr("adapters.national.telling.PAUSES", (0.0,))
    telling = Telling(doors, {"release-dates": Broken()}, "s", IDS)

    assert [Aside("release-dates", "the look-up could not be asked")] == await telling.ends(encoded(dates_changed()))


async def test_a_file_of_dates(hub, doors, tmp_path):
    """Dates are read from a file by prison number, also after the file was replaced."""
    dates = tmp_path / "dates.json"
    telling = Telling(doors, {"release-dates": FileLookUp(dates)}, "s", IDS)
    dates.write_text("{}")
    before = await telling.ends(encoded(dates_changed()))
    dates.write_text('{"A1234BC": {"release_date": "2026-04-01"}}')

    after = await telling.ends(encoded(dates_changed()))

    assert [Aside("release-dates", "the look-up has no answer"), Told("accepted")] == before + after
    assert {"date": "2026-04-01"} == hub.published[0].data["release"]


async def test_a_service_of_dates():
    """Dates are asked of a service by prison number; unknown is no answer, and trouble is no answer of either kind."""

    async def dates(request):
        found = {"A1234BC": {"release_date": "2026-04-01"}, "bad": "text"}.get(request.match_info["key"])
        known = request.headers.get("Authorization") == "Bearer secret"
        return web.json_response(found, status=(200 if found else 404) if known else 403)

    app = web.Application()
    app.router.add_get("/people/{key}", dates)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/people/{{key}}"
    async with ClientSession() as session:
        service = HttpLookUp(address, session, "secret")
        assert {"release_date": "2026-04-01"} == await service.find("A1234BC")
        assert await service.find("B7654CB") is None
        for wrong, key in ((service, "bad"), (HttpLookUp(address, session), "A1234BC")):
            with pytest.raises(LookUpFailed):
                await wrong.find(key)
    await runner.cleanup()


class Hub:
    """A publisher that accepts, repeats and refuses as its ids fall."""

    async def publish(self, *events):
        states = ("accepted", "repeated", "refused")
        return [Outcome(id=e.id, state=states[int(e.id, 16) % 3]) for e in events]


texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "A1234BC",
            "X123456",
            "ADMISSION",
            "RELEASED",
            "TRANSFERRED",
            "L",
            "DEC",
            "MRG",
            "APPO",
            "RHRH",
            "BMI",
            "OUT",
            "2026-03-02T09:30:00Z",
            "Mon Jun 19 00:00:00 BST 2023",
            "DECISION_TO_RECALL",
            "https://x.example/n/1",
        ]
    ),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts, lambda v: st.lists(v, max_size=2), max_leaves=3
)
names = st.sampled_from(
    [
        "nomsNumber",
        "removedNomsNumber",
        "reason",
        "nomisMovementReasonCode",
        "prisonId",
        "registerTypeCode",
        "crn",
        "registrationDate",
        "sourceCRN",
        "targetCRN",
        "contactOutcome",
        "bookingId",
        "movementSeq",
        "licenceId",
    ]
)
kinds = st.sampled_from([row.pattern.replace("*", "inserted") for row in TABLE]) | st.text(max_size=10)
messages = st.fixed_dictionaries(
    {"eventType": kinds | values},
    optional={
        "occurredAt": texts | values,
        "additionalInformation": st.dictionaries(names, texts | values, max_size=6) | values,
        "personReference": st.fixed_dictionaries(
            {
                "identifiers": st.lists(
                    st.fixed_dictionaries({"type": st.sampled_from(["NOMS", "crn", "PERSON"]), "value": texts})
                    | values,
                    max_size=2,
                )
            }
        )
        | values,
        "description": texts,
    },
)
raw = st.binary(max_size=60) | messages.map(lambda m: json.dumps(m).encode()) | messages.map(
    lambda m: json.dumps({"Type": "Notification", "Message": json.dumps(m)}).encode()
)  # fmt: skip


@given(st.lists(raw, max_size=6))
def test_every_message_has_exactly_one_end(batch):
    """Whatever comes, each message ends as published, not for the hub, or aside, in its place and counted once."""
    telling = Telling({f: Door(Hub(), f"/{f}") for f in ("prison", "probation")}, {}, "s", IDS)

    ends = asyncio.run(telling.ends(batch))

    assert [1] * len(batch) == [sum(isinstance(end, kind) for kind in (Told, NotForTheHub, Aside)) for end in ends]
    assert len(batch) == telling.counts.total()


async def test_every_file_is_moved_to_its_end(hub, telling, tmp_path):
    """Each file ends in done or aside, whole; of one aside the reason names the field and holds no value."""
    (tmp_path / "in").mkdir()
    files = {
        "1-good.json": encoded(received())[0],
        "2-merge.json": encoded({**received(), "eventType": "prison-offender-events.prisoner.booking.moved"})[0],
        "3-bad.json": b'{"eventType": "A1234BC"',
    }
    for name, content in files.items():
        (tmp_path / "in" / name).write_bytes(content)
    (tmp_path / "in" / "4-unfinished.json.tmp").write_bytes(b"{")
    folder = Folder(tmp_path / "in")

    await watch(folder, telling, asyncio.Event(), once=True)

    kept = {p.name: p.read_bytes() for p in [*folder.done.iterdir(), *folder.aside.iterdir()] if p.suffix == ".json"}
    assert files == kept
    assert ["1-good.json"] == [p.name for p in folder.done.iterdir()]
    assert "field: message\nrule: not JSON in UTF-8\n" == (folder.aside / "3-bad.json.reason").read_text()
    assert (tmp_path / "in" / "4-unfinished.json.tmp").exists()


async def test_a_name_that_was_used_before_is_kept_twice(hub, telling, tmp_path):
    """A file of the same name as an earlier one does not replace it."""
    folder = Folder(tmp_path / "in")
    for number in ("A1234BC", "B7654CB"):
        (tmp_path / "in" / "m.json").write_bytes(encoded(received(number))[0])
        await watch(folder, telling, asyncio.Event(), once=True)

    assert ["m-2.json", "m.json"] == sorted(p.name for p in folder.done.iterdir())


@pytest.fixture
def command(hub, tmp_path):
    key = tmp_path / "key.pem"
    AgencyKey.generate().save(key)
    folder = tmp_path / "in"
    folder.mkdir()
    clients = [f"--{feed}-{what}" for feed in ("prison", "probation") for what in ("client", "key", "source")]
    given = ["prison", str(key), "/prison", "probation", str(key), "/probation"]
    options = [part for pair in zip(clients, given, strict=True) for part in pair]
    return [
        sys.executable, "-m", "adapters.national", "--hub", hub.address,
        "--scheme", "bham-north", "--folder", str(folder), *options,
    ]  # fmt: skip


async def started(command, **pipes):
    return await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, **pipes
    )


async def test_a_kill_between_the_hub_and_the_folder_doubles_nothing(hub, command, until, tmp_path):
    """Killed when the hub has the event and the file is still there, the next run finds that the hub knows it."""
    (tmp_path / "in" / "m.json").write_bytes(encoded(received())[0])
    (tmp_path / "in" / "n.json").write_bytes(encoded(registered())[0])
    hub.faults.append(Fault(path="/oauth/token", status=503, headers={"Retry-After": "0"}))
    first = await started(command)
    await until(lambda: hub.published)
    first.send_signal(signal.SIGKILL)
    await first.communicate()

    second = await started([*command, "--once"])
    await asyncio.wait_for(second.communicate(), 60)

    assert ["m.json", "n.json"] == sorted(p.name for p in (tmp_path / "in" / "done").iterdir())
    assert {"custody.received", "ppo.adopted"} == {event.type for event in hub.published}
    assert 2 == len(hub.published)


async def test_a_watch_takes_new_files_and_ends_when_told(hub, command, until, tmp_path):
    """The watcher takes a file that is renamed in, prints its counts when told to end, and ends cleanly."""
    process = await started(command)
    await asyncio.sleep(0.2)
    (tmp_path / "in" / ".m").write_bytes(encoded(received())[0])
    (tmp_path / "in" / ".m").rename(tmp_path / "in" / "m.json")
    await until((tmp_path / "in" / "done" / "m.json").exists)
    process.send_signal(signal.SIGTERM)
    out, _ = await asyncio.wait_for(process.communicate(), 60)

    assert 0 == process.returncode
    assert b"     1 accepted\n" == out


async def test_lines_of_standard_input(hub, command, tmp_path):
    """Each line is a message; one that is not understood, and one too long to be one, are kept in aside."""
    lines = b"\n".join([*encoded(received()), b"hello", b"", b"x" * 3_000_000, *encoded(registered())]) + b"\n"
    process = await started([*command, "--lines"], stdin=asyncio.subprocess.PIPE)

    out, log = await asyncio.wait_for(process.communicate(lines), 60)

    assert 0 == process.returncode, log
    assert b"     2 accepted\n" in out
    aside = tmp_path / "in" / "aside"
    assert [5, 3_000_000] == sorted(p.stat().st_size for p in aside.glob("*.json"))
    assert b"hello" not in log


async def test_a_file_for_standard_input(hub, command, tmp_path):
    """A file can be given for standard input as well as a pipe."""
    (tmp_path / "lines").write_bytes(b"\n".join(encoded(received(), registered())))
    with (tmp_path / "lines").open("rb") as file:
        process = await started([*command, "--lines"], stdin=file)
        out, log = await asyncio.wait_for(process.communicate(), 60)

    assert b"     2 accepted\n" == out, log


async def test_the_log_holds_no_value(hub, command, tmp_path):
    """Neither log nor counts hold a number or a word of a message, also of one that the hub refused."""
    hub.refusals["custody.received"] = ("invalid", [FieldProblem("data.subject", "unknown")])
    (tmp_path / "in" / "m.json").write_bytes(encoded(received())[0])
    (tmp_path / "in" / "n.json").write_bytes(encoded(received("SECRET"))[0])

    process = await started([*command, "--once"])
    out, log = await asyncio.wait_for(process.communicate(), 60)

    assert 0 == process.returncode
    assert not [word for word in (b"A1234BC", b"SECRET", b"BMI") if word in out + log]


async def test_help_says_what_it_does():
    """The command explains its three ends and every option."""
    process = await started([sys.executable, "-m", "adapters.national", "--help"])
    out, _ = await process.communicate()

    assert 0 == process.returncode
    for words in (b"not for the hub", b"--release-dates", b"--scheme", b"--probation-client"):
        assert words in out


def test_the_stand_in_is_shipped():
    """The hub that stands in for the hub is part of the SDK, so that an agency can try its adapter alone."""
    assert FakeHub.__module__ == "adapters.sdk.testing"
