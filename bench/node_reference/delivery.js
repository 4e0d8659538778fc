// What one verified event becomes: the parameters of the five statements in sql/, in their order.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

export const ORGANIZATION = "00000000-0000-4000-8000-000000000001";

export function statement(name) {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), "utf8").trim();
}

export function delivery(messageId, event) {
  const user = event.data;
  const { private_metadata, unsafe_metadata, ...kept } = user;
  const primary = user.email_addresses.find((email) => email.id === user.primary_email_address_id);
  return {
    messageId,
    type: event.type,
    payload: JSON.stringify({ ...event, data: kept }),
    at: new Date().toISOString(),
    newId: randomUUID(),
    membershipId: randomUUID(),
    clerkId: user.id,
    name: [user.first_name, user.last_name].filter(Boolean).join(" "),
    email: primary?.email_address ?? null,
    imageUrl: user.image_url ?? null,
    version: user.updated_at,
    role: user.public_metadata.role ?? "member",
    active: !user.banned,
  };
}
