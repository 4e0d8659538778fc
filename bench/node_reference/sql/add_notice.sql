INSERT INTO notices (topic, at) VALUES ($1, $2)
