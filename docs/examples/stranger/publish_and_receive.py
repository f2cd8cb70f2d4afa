"""Publish an event to a hub, and receive copies, by way of its broker; nothing here is the hub's own code.

    pip install pika "pyjwt[crypto]"
    python publish_and_receive.py https://hub.example my-system key.pem my-recipient event.json 3

The key is Ed25519 in PEM, and its public half is registered with the hub. It ends after so many copies.
"""

import hashlib
import json
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import urlencode

import jwt
import pika
from jwt.algorithms import OKPAlgorithm

HUB, CLIENT, KEY, RECIPIENT, EVENT, COPIES = sys.argv[1:7]
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def ask(method, path, *, token=None, body=None, media_type="application/json"):
    headers = {"Content-Type": media_type} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(HUB + path, method=method, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def new_token():
    """Prove who we are with our key; what we may do at the broker stands in the token."""
    key = OKPAlgorithm().prepare_key(Path(KEY).read_bytes())
    public = {name: OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)[name] for name in ("crv", "kty", "x")}
    kid = jwt.utils.base64url_encode(hashlib.sha256(json.dumps(public, separators=(",", ":")).encode()).digest())
    now, endpoint = int(time.time()), f"{HUB}/oauth/token"
    claims = {"iss": CLIENT, "sub": CLIENT, "aud": endpoint, "iat": now, "exp": now + 60, "jti": uuid.uuid4().hex}
    assertion = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": kid.decode()})
    form = {"grant_type": "client_credentials", "client_assertion_type": JWT_BEARER, "client_assertion": assertion}
    return ask("POST", "/oauth/token", body=urlencode(form).encode(), media_type="application/x-www-form-urlencoded")


def open_door(token):
    """Have our recipient's copies sent to the broker; return its queues when they are there."""
    door = ask("PUT", f"/doors/{RECIPIENT}", token=token, body=b'{"door":"amqp"}')
    while door["state"] != "open":
        time.sleep(0.5)
        door = next(d for d in ask("GET", "/doors", token=token)["doors"] if d["recipient"] == RECIPIENT)
    return door["queues"]


def connect(address, token):
    parameters = pika.URLParameters(address)
    parameters.credentials = pika.PlainCredentials(CLIENT, token["access_token"])
    connection = pika.BlockingConnection(parameters)

    def renew():
        """A living connection is given each newer token before the old one is over."""
        token = new_token()
        connection.update_secret(token["access_token"], "renewed")
        connection.call_later(token["expires_in"] * 0.8, renew)

    connection.call_later(token["expires_in"] * 0.8, renew)
    return connection


def publish(channel, exchange, key, body, media_type, **more):
    """Publish, and return when the broker has it; user_id says whose it is, and the broker checks it."""
    properties = pika.BasicProperties(content_type=media_type, delivery_mode=2, user_id=CLIENT, **more)
    channel.basic_publish(exchange, key, body, properties, mandatory=True)


def main():
    queues = open_door(new_token()["access_token"])
    token = new_token()  # a newer one than the door: it names the queues
    broker = ask("GET", "/doors", token=token["access_token"])["broker"]
    connection = connect(broker["address"], token)  # a busy system has another one to receive
    channel = connection.channel()
    channel.confirm_delivery()
    left = int(COPIES)

    def answered(_channel, _method, properties, body):
        print(json.dumps({"event": properties.correlation_id, "outcome": json.loads(body)}), flush=True)

    def received(_channel, method, properties, body):
        nonlocal left
        if left == 0:
            return  # it goes back to the broker
        # First into a store of one's own, where a copy that comes twice is known by its delivery; then the receipt;
        # and only then may the broker forget it.
        print(json.dumps({"delivery": properties.message_id, "copy": json.loads(body)}), flush=True)
        receipt = {"recipient": RECIPIENT, "deliveries": [properties.message_id]}
        publish(channel, broker["exchange"], "receipt", json.dumps(receipt).encode(), "application/json")
        channel.basic_ack(method.delivery_tag)
        left -= 1

    channel.basic_consume("amq.rabbitmq.reply-to", answered, auto_ack=True)
    event = json.loads(Path(EVENT).read_bytes())
    publish(
        channel, broker["exchange"], event["type"], json.dumps(event).encode(), "application/cloudevents+json",
        reply_to="amq.rabbitmq.reply-to", correlation_id=event["id"],
    )  # fmt: skip
    channel.basic_qos(prefetch_count=20)
    for lane in ("urgent", "routine"):
        channel.basic_consume(queues[lane], received)
    while left > 0:
        connection.process_data_events(time_limit=None)
    connection.close()


main()
