CREATE TABLE inbox (
    message_id text PRIMARY KEY,
    type text NOT NULL,
    payload jsonb NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE TABLE users (
    id uuid PRIMARY KEY,
    clerk_id text NOT NULL UNIQUE,
    name text NOT NULL,
    email text,
    image_url text,
    version bigint NOT NULL,
    last_synced_at timestamptz NOT NULL
);
CREATE TABLE memberships (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    role text NOT NULL,
    active boolean NOT NULL,
    UNIQUE (organization_id, user_id)
);
CREATE TABLE notices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    at timestamptz NOT NULL
);
