"""A receipt that is signed, a copy that was wrong, and an operator who sees whether it was put right."""

import datetime as dt
import json

from schemas.receipt import digest_of


async def receipt_of(door, copies, *, wrong=b""):
    """Return a receipt as a stranger's client makes it, of the bytes as they stand in the answer."""
    digests = {delivery: digest_of(body + wrong) for delivery, body in copies.items()}
    signed = door.keys["prison"].receipt("reception", digests, dt.datetime.now(dt.UTC))
    return {"recipient": "reception", "deliveries": list(copies), "signed": signed}


async def fetched(door):
    """Return the bytes of each copy of the reception, cut out of the answer as they came."""
    status, _, body = await door.get("/mailboxes/reception/copies", "prison")
    assert 200 == status
    found = {}
    for part in body.split(b'"delivery":"')[1:]:
        delivery, _, rest = part.partition(b'","copy":')
        end = json.JSONDecoder().raw_decode(rest.decode())[1]
        found[delivery.decode()] = rest.decode()[:end].encode()
    return found


async def test_a_signed_receipt(door):
    """A receipt over the very bytes that came counts and is shown as signed; one over others is refused."""
    await door.publish("scheme", door.adopted())
    await door.publish("prison", door.received())
    copies = await fetched(door)
    refused, _, why = await door.post("/receipts", await receipt_of(door, copies, wrong=b" "), "prison")
    taken, _, counted = await door.post("/receipts", await receipt_of(door, copies), "prison")
    _, _, states = await door.get("/deliveries?recipient=reception", "prison")

    assert copies
    assert (422, "/problems/receipt-refused") == (refused, json.loads(why)["type"][-len("/problems/receipt-refused") :])
    assert (200, {"received": len(copies)}) == (taken, json.loads(counted))
    assert {True} == {each["signed"] for each in json.loads(states)["deliveries"]}


async def test_what_is_open_is_listed(door):
    """An operator sees each recipient that was told to put something right, until its receipt; nobody else may ask."""
    await door.publish("scheme", door.adopted())
    first = door.received()
    await door.publish("prison", first)
    copies = await fetched(door)
    await door.post("/receipts", {"recipient": "reception", "deliveries": list(copies)}, "prison")
    data = {**first["data"], "custody": {**first["data"]["custody"], "reason": "sentence"}}
    second = {**first, "id": "a-correction", "corrects": first["id"], "data": data}
    status, _, _ = await door.publish("prison", second)
    _, _, listed = await door.get("/corrections", "operator")
    open_ones = json.loads(listed)["corrections"]
    mine = {each["delivery"] for each in open_ones if each["recipient"] == "reception"}
    await door.post("/receipts", {"recipient": "reception", "deliveries": sorted(mine)}, "prison")
    _, _, later = await door.get("/corrections", "operator")
    _, _, every = await door.get(f"/corrections?closed=1&matter={open_ones[0]['matter']}", "operator")
    overdue, _, none = await door.get("/deliveries/overdue", "operator")
    forbidden, _, _ = await door.get("/corrections", "prison")

    assert 202 == status
    assert mine
    assert {each["corrects"] for each in open_ones if each["recipient"] == "reception"} <= copies.keys()
    assert not mine & {each["delivery"] for each in json.loads(later)["corrections"]}
    assert {"closed"} == {e["state"] for e in json.loads(every)["corrections"] if e["delivery"] in mine}
    assert (200, {"overdue": []}) == (overdue, json.loads(none))
    assert 403 == forbidden
