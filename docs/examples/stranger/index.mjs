// Publish an event to a hub, and receive copies, by way of its broker; nothing here is the hub's own code.
//
//     npm install
//     node index.mjs https://hub.example my-system key.pem my-recipient event.json 3
//
// The key is Ed25519 in PEM, and its public half is registered with the hub. It ends after so many copies.

import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'amqplib';

const [HUB, CLIENT, KEY, RECIPIENT, EVENT, COPIES] = process.argv.slice(2);
const JSON_TYPE = 'application/json';

async function ask(method, path, { token, body, type = JSON_TYPE } = {}) {
  const headers = { 'Content-Type': type, ...(token && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(HUB + path, { method, headers, body, redirect: 'error' });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

// Prove who we are with our key; what we may do at the broker stands in the token.
async function newToken() {
  const key = createPrivateKey(readFileSync(KEY));
  const { crv, kty, x } = createPublicKey(key).export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
  const now = Math.floor(Date.now() / 1000);
  const aud = `${HUB}/oauth/token`;
  const claims = { iss: CLIENT, sub: CLIENT, aud, iat: now, exp: now + 60, jti: randomUUID() };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'EdDSA', kid })}.${part(claims)}`;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`,
  });
  return ask('POST', '/oauth/token', { body: form.toString(), type: 'application/x-www-form-urlencoded' });
}

// Have our recipient's copies sent to the broker; return its queues when they are there.
async function openDoor(token) {
  let door = await ask('PUT', `/doors/${RECIPIENT}`, { token, body: JSON.stringify({ door: 'amqp' }) });
  while (door.state !== 'open') {
    await pause(500);
    door = (await ask('GET', '/doors', { token })).doors.find((each) => each.recipient === RECIPIENT);
  }
  return door.queues;
}

// A living connection is given each newer token before the old one is over.
function keepAdmitted(connection, token) {
  const renewal = setTimeout(async () => {
    const newer = await newToken();
    await connection.updateSecret(Buffer.from(newer.access_token), 'renewed');
    keepAdmitted(connection, newer);
  }, token.expires_in * 800);
  renewal.unref();
}

const queues = await openDoor((await newToken()).access_token);
const token = await newToken(); // a newer one than the door: it names the queues
const { broker } = await ask('GET', '/doors', { token: token.access_token });
const address = new URL(broker.address);
address.username = CLIENT;
address.password = token.access_token;
const connection = await connect(address.href); // a busy system has another one to receive
keepAdmitted(connection, token);
const channel = await connection.createConfirmChannel();

// Publish, and wait until the broker has it; userId says whose it is, and the broker checks it.
const publish = (key, value, contentType, more = {}) =>
  new Promise((resolve, reject) => {
    const options = { contentType, userId: CLIENT, persistent: true, mandatory: true, ...more };
    const done = (error) => (error ? reject(error) : resolve());
    channel.publish(broker.exchange, key, Buffer.from(JSON.stringify(value)), options, done);
  });

let left = Number(COPIES);
const answered = ({ properties, content }) =>
  console.log(JSON.stringify({ event: properties.correlationId, outcome: JSON.parse(content) }));

async function received(message) {
  if (message === null) throw new Error('the broker took the queue away');
  if (left === 0) return; // it goes back to the broker
  left -= 1;
  const last = left === 0;
  // First into a store of one's own, where a copy that comes twice is known by its delivery; then the receipt;
  // and only then may the broker forget it.
  const delivery = message.properties.messageId;
  console.log(JSON.stringify({ delivery, copy: JSON.parse(message.content) }));
  await publish('receipt', { recipient: RECIPIENT, deliveries: [delivery] }, JSON_TYPE);
  channel.ack(message);
  if (last) {
    await channel.close(); // only now is the acknowledgement surely on its way
    await connection.close();
  }
}

await channel.consume('amq.rabbitmq.reply-to', answered, { noAck: true });
const event = JSON.parse(readFileSync(EVENT));
const replies = { replyTo: 'amq.rabbitmq.reply-to', correlationId: event.id };
await publish(event.type, event, 'application/cloudevents+json', replies);
await channel.prefetch(20);
await channel.consume(queues.urgent, received);
await channel.consume(queues.routine, received);
