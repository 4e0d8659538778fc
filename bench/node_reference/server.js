// The usual recipe for a webhook door: Fastify, the svix package over the raw body, one transaction per delivery.
//   CLERK_WEBHOOK_SECRET=whsec_… PORT=3000 SQLITE_PATH=file node server.js     or, without SQLITE_PATH, on PostgreSQL (PGHOST …)
import Fastify from "fastify";
import { Webhook, WebhookVerificationError } from "svix";
import { delivery } from "./delivery.js";

const webhook = new Webhook(process.env.CLERK_WEBHOOK_SECRET);
const database = process.env.SQLITE_PATH
  ? (await import("./sqlite.js")).openSqlite(process.env.SQLITE_PATH)
  : await (await import("./postgres.js")).openPostgres();

const app = Fastify({ logger: false, bodyLimit: 1024 * 1024 });
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (request, body, done) => done(null, body));

app.post("/clerk/users", async (request, reply) => {
  let event;
  try {
    event = webhook.verify(request.body, request.headers);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    return reply.code(400).send();
  }
  await database.apply(delivery(request.headers["svix-id"], event));
  return reply.code(204).send();
});

app.get("/health/ready", async () => ({ ready: true }));

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });

process.on("SIGTERM", async () => {
  await app.close();
  await database.close();
  process.exit(0);
});
