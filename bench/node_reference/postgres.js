// pg: a pool of 16 connections, prepared statements, one transaction per delivery.
import pg from "pg";
import { ORGANIZATION, statement } from "./delivery.js";

const keepDelivery = { name: "keep_delivery", text: statement("keep_delivery") };
const findUser = { name: "find_user", text: statement("find_user") };
const upsertUser = { name: "upsert_user", text: statement("upsert_user") };
const upsertMembership = { name: "upsert_membership", text: statement("upsert_membership") };
const addNotice = { name: "add_notice", text: statement("add_notice") };

export async function openPostgres() {
  const pool = new pg.Pool({ max: 16 }); // the address comes from PGHOST, PGUSER, PGDATABASE
  await pool.query(statement("schema_postgres"));

  async function apply(d) {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      await write(client, d);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  }

  return { apply, close: () => pool.end() };
}

async function write(client, d) {
  const kept = await client.query({ ...keepDelivery, values: [d.messageId, d.type, d.payload, d.at] });
  if (kept.rowCount === 0) return;
  const found = (await client.query({ ...findUser, values: [d.clerkId] })).rows[0];
  if (found && Number(found.version) >= d.version) return;
  const id = found ? found.id : d.newId;
  await client.query({
    ...upsertUser,
    values: [id, d.clerkId, d.name, d.email, d.imageUrl, d.version, d.at],
  });
  await client.query({
    ...upsertMembership,
    values: [d.membershipId, ORGANIZATION, id, d.role, d.active],
  });
  await client.query({ ...addNotice, values: ["team", d.at] });
}
