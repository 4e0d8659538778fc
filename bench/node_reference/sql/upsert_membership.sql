INSERT INTO memberships (id, organization_id, user_id, role, active)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (organization_id, user_id) DO UPDATE
SET role = excluded.role, active = excluded.active
