"""What agencies' systems and operators see over HTTP while the log over the record is not kept."""

import json
import re


async def figures(door):
    """Return what the metrics say of the log."""
    _, _, body = await door.get("/metrics")
    found = re.findall(
        r"^(hub_ledger_broken|hub_disclosure_stopped|hub_ledger_unsigned_seconds) (.*)$", body.decode(), re.MULTILINE
    )
    return {name: float(value) for name, value in found}


async def test_it_is_said_loudly(opened):
    """Publishers and receivers are told to come again, health, readiness and metrics say so, and then all goes on."""
    async with opened(health_seconds=0) as door:
        await door.publish("scheme", door.adopted())
        await door.hub.ledger.grow()
        assert {"hub_ledger_broken": 0, "hub_disclosure_stopped": 0} == {
            name: value for name, value in (await figures(door)).items() if name != "hub_ledger_unsigned_seconds"
        }
        door.hub.ledger.upkeep.limit = -1
        published = await door.publish("prison", door.received())
        fetched = await door.get("/mailboxes/reception/copies", "prison")
        readiness, _, _ = await door.get("/health/readiness")
        status, _, body = await door.get("/health")
        stopped = await figures(door)

        for code, headers, told in (published, fetched):
            assert (503, "5", "/problems/log-stale") == (code, headers["Retry-After"], json.loads(told)["type"])
        assert (503, 503) == (readiness, status)
        assert "DOWN" == json.loads(body)["components"]["ledger"]["status"]
        assert (1, 0) == (stopped["hub_disclosure_stopped"], stopped["hub_ledger_broken"])

        door.hub.ledger.upkeep.limit = 120
        assert 202 == (await door.publish("prison", door.received()))[0]
        assert 200 == (await door.get("/health/readiness"))[0]
