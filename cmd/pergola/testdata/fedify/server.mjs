// A server of somebody else, made of Fedify, with one account: bo. It takes a
// command in JSON on each line of standard input, and prints a line of JSON for
// each: first where it listens, then what arrived, as Fedify understands it, and
// what became of the commands. It ends when its input ends.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { createInterface } from "node:readline";
import { createFederation, generateCryptoKeyPair, MemoryKvStore } from "@fedify/fedify";
import * as vocab from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";

const { CERTIFICATE, PRIVATE_KEY, DIALECT } = process.env;
const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");

const federation = createFederation({
  kv: new MemoryKvStore(),
  allowPrivateAddress: true, // other servers are on this machine
  firstKnock: DIALECT === "rfc9421" ? "rfc9421" : "draft-cavage-http-signatures-12",
});
const keys = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];
const notes = new Map(); // by number
const done = new Map(); // activities that can be undone, by type and object

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (identifier !== "bo") return null;
    const pairs = await ctx.getActorKeyPairs(identifier);
    return new vocab.Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Bo of Fedify",
      inbox: ctx.getInboxUri(identifier),
      outbox: ctx.getOutboxUri(identifier),
      endpoints: new vocab.Endpoints({ sharedInbox: ctx.getInboxUri() }),
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
    });
  })
  .setKeyPairsDispatcher((_, identifier) => (identifier === "bo" ? keys : []));
federation.setObjectDispatcher(vocab.Note, "/notes/{number}", (_, { number }) => notes.get(number) ?? null);
federation.setOutboxDispatcher("/users/{identifier}/outbox", (ctx) => ({ items: [...notes.values()].map((note) => create(ctx, note)) }));
federation.setInboxListeners("/users/{identifier}/inbox", "/inbox").on(vocab.Activity, async (ctx, activity) => {
  // What answers our own activity embeds it, which is of our origin.
  const crossOrigin = activity instanceof vocab.Accept ? "trust" : "ignore";
  const { documentLoader, contextLoader } = ctx;
  const object = await activity.getObject({ documentLoader, contextLoader, crossOrigin });
  if (activity instanceof vocab.Follow) {
    const follower = await activity.getActor({ documentLoader, contextLoader });
    await send(ctx, follower, new vocab.Accept({ id: fresh(ctx), actor: activity.objectId, object: activity, to: activity.actorId }));
  }
  say({ arrived: activity.constructor.name, actor: activity.actorId?.href, objectId: activity.objectId?.href, object: object && understood(object) });
});

const several = (values) => Object.fromEntries(values.map((value) => [value.locale?.baseName ?? "", `${value}`]));

function understood(object) {
  return {
    type: object.constructor.name,
    id: object.id?.href,
    owner: (object.attributionId ?? object.actorId)?.href,
    of: object.objectId?.href,
    name: several(object.names ?? []),
    summary: several(object.summaries ?? []),
    content: several(object.contents ?? []),
    url: object.url?.href,
    published: object.published?.toString(),
    updated: object.updated?.toString(),
    startTime: object.startTime?.toString(),
    endTime: object.endTime?.toString(),
    username: object.preferredUsername?.toString(),
  };
}

let number = 0;
const fresh = (ctx) => new URL(`/activities/${++number}`, ctx.origin);
const send = (ctx, recipients, activity) => ctx.sendActivity({ identifier: "bo" }, recipients, activity);
const create = (ctx, note) => new vocab.Create({ id: new URL("#create", note.id), actor: ctx.getActorUri("bo"), object: note, tos: note.toIds });

// Commands. Each gets what it was given, and returns what is worth telling.
const commands = {
  async find(ctx, { handle }) {
    return understood(await ctx.lookupObject(handle));
  },
  async act(ctx, { type, object, to }) {
    const activity = new vocab[type]({ id: fresh(ctx), actor: ctx.getActorUri("bo"), object: new URL(object), to: vocab.PUBLIC_COLLECTION });
    done.set(type + object, activity);
    await send(ctx, await ctx.lookupObject(to), activity);
  },
  async undo(ctx, { type, object, to }) {
    const activity = new vocab.Undo({ id: fresh(ctx), actor: ctx.getActorUri("bo"), object: done.get(type + object) });
    await send(ctx, await ctx.lookupObject(to), activity);
  },
  async note(ctx, { number, content, inReplyTo, to }) {
    const note = new vocab.Note({
      id: ctx.getObjectUri(vocab.Note, { number }),
      attribution: ctx.getActorUri("bo"),
      content: new vocab.LanguageString(content, "hu"),
      replyTarget: inReplyTo && new URL(inReplyTo),
      published: notes.get(number)?.published ?? Temporal.Now.instant(),
      updated: notes.has(number) ? Temporal.Now.instant().add({ seconds: 1 }) : undefined,
      to: vocab.PUBLIC_COLLECTION,
    });
    const activity = notes.has(number)
      ? new vocab.Update({ id: fresh(ctx), actor: note.attributionId, object: note, to: vocab.PUBLIC_COLLECTION })
      : create(ctx, note);
    notes.set(number, note);
    await send(ctx, await ctx.lookupObject(to), activity);
    return { id: note.id.href };
  },
  async remove(ctx, { number, to }) {
    const { id } = notes.get(number);
    notes.delete(number);
    const activity = new vocab.Delete({ id: fresh(ctx), actor: ctx.getActorUri("bo"), object: new vocab.Tombstone({ id }), to: vocab.PUBLIC_COLLECTION });
    await send(ctx, await ctx.lookupObject(to), activity);
  },
};

const server = createServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(PRIVATE_KEY) }, async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const dialect = incoming.headers["signature-input"] ? "rfc9421" : "cavage";
  if (incoming.method === "POST" && dialect !== DIALECT) {
    // A program that reads one dialect only.
    outgoing.writeHead(401).end();
    return;
  }
  const request = new Request(new URL(incoming.url, `https://${incoming.headers.host}`), {
    method: incoming.method,
    headers: incoming.headers,
    body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
  });
  const response = await federation.fetch(request, { contextData: undefined });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
});
server.listen(0, "127.0.0.1", () => {
  const base = new URL(`https://localhost:${server.address().port}`);
  say({ listening: base.origin });
  createInterface({ input: process.stdin })
    .on("line", async (line) => {
      const { command, ...given } = JSON.parse(line);
      try {
        say({ did: command, ...(await commands[command](federation.createContext(base, undefined), given)) });
      } catch (error) {
        say({ did: command, failed: `${error}` });
      }
    })
    .on("close", () => process.exit());
});
