SELECT id, version FROM users WHERE clerk_id = $1
