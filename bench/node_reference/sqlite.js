// better-sqlite3: the driver most Node projects take, compiled from source where no prebuilt binary can be fetched.
// It is synchronous, so deliveries never overlap: one BEGIN IMMEDIATE … COMMIT each, flushed to disk.
import Database from "better-sqlite3";
import { ORGANIZATION, statement } from "./delivery.js";

export function openSqlite(path) {
  const db = new Database(path);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec(statement("schema_sqlite"));
  // The shared files number parameters $1, $2 as PostgreSQL does, each once and in order; this driver takes plain ?.
  const prepare = (name) => db.prepare(statement(name).replaceAll(/\$\d+/g, "?"));
  const keepDelivery = prepare("keep_delivery");
  const findUser = prepare("find_user");
  const upsertUser = prepare("upsert_user");
  const upsertMembership = prepare("upsert_membership");
  const addNotice = prepare("add_notice");

  const apply = db.transaction((d) => {
    if (keepDelivery.run(d.messageId, d.type, d.payload, d.at).changes === 0) return;
    const found = findUser.get(d.clerkId);
    if (found && found.version >= d.version) return;
    const id = found ? found.id : d.newId;
    upsertUser.run(id, d.clerkId, d.name, d.email, d.imageUrl, d.version, d.at);
    upsertMembership.run(d.membershipId, ORGANIZATION, id, d.role, d.active ? 1 : 0);
    addNotice.run("team", d.at);
  });

  return {
    apply: (d) => apply.immediate(d),
    close: () => db.close(),
  };
}
