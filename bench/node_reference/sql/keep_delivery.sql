INSERT INTO inbox (message_id, type, payload, received_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (message_id) DO NOTHING
