INSERT INTO users (id, clerk_id, name, email, image_url, version, last_synced_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (clerk_id) DO UPDATE
SET name = excluded.name,
    email = excluded.email,
    image_url = excluded.image_url,
    version = excluded.version,
    last_synced_at = excluded.last_synced_at
