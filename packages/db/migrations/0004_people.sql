-- People: accounts and sign-in (better-auth's four tables under our names), workspaces, who belongs
-- to them, and what they did.

create table users (
  id text primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null default false,
  image text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);

-- How a user signs in: a password's hash (provider `credential`), later also outside identities.
create table accounts (
  id text primary key,
  account_id text not null,
  provider_id text not null,
  user_id text not null references users (id) on delete cascade,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz(3),
  refresh_token_expires_at timestamptz(3),
  scope text,
  password text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  unique (provider_id, account_id)
);
create index accounts_user on accounts (user_id);

-- A signed-in browser; `sessions` are the conversations with agents.
create table auth_sessions (
  id text primary key,
  token text not null unique,
  user_id text not null references users (id) on delete cascade,
  expires_at timestamptz(3) not null,
  ip_address text,
  user_agent text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index auth_sessions_user on auth_sessions (user_id);

create table verifications (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz(3) not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index verifications_identifier on verifications (identifier);

create table workspaces (
  id text primary key,
  slug text not null unique,
  name text not null,
  created_at timestamptz(3) not null default now()
);

-- One row at most: whoever inserts it has done the first setup. Two attempts at once meet at the key.
create table first_setup (
  is_done boolean primary key default true check (is_done),
  workspace_id text not null references workspaces (id),
  at timestamptz(3) not null default now()
);

create table members (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  role text not null check (role in ('viewer', 'editor', 'admin', 'owner')),
  created_at timestamptz(3) not null default now(),
  unique (workspace_id, user_id)
);
create index members_user on members (user_id);
select sluice_protect('members');

create table invitations (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  email text not null,
  role text not null check (role in ('viewer', 'editor', 'admin', 'owner')),
  -- Only a digest of the link's secret is kept.
  token_hash text not null unique,
  status text not null default 'pending' check (status in ('pending', 'accepted', 'revoked')),
  invited_by jsonb not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  accepted_by text references users (id) on delete set null,
  accepted_at timestamptz(3)
);
create index invitations_workspace on invitations (workspace_id, created_at, id);
select sluice_protect('invitations');

create table api_keys (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  start text not null,
  key_hash text not null unique,
  role text not null check (role in ('viewer', 'editor', 'admin', 'owner')),
  scopes text[] not null,
  -- The key dies with its creator's membership.
  created_by text not null references users (id) on delete cascade,
  created_at timestamptz(3) not null default now(),
  last_used_at timestamptz(3),
  expires_at timestamptz(3),
  revoked_at timestamptz(3)
);
create index api_keys_workspace on api_keys (workspace_id, created_at, id);
select sluice_protect('api_keys');

create table audit_entries (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  at timestamptz(3) not null default clock_timestamp(),
  actor jsonb not null,
  action text not null,
  subject_type text not null,
  subject_id text not null,
  details jsonb not null default '{}',
  address text
);
create index audit_entries_workspace on audit_entries (workspace_id, at, id);
select sluice_protect('audit_entries');
-- What was done stays written.
revoke update, delete on audit_entries from sluice_app;
revoke update on audit_entries from sluice_system;

-- The tables without a workspace_id of their own.
alter table workspaces enable row level security;
alter table workspaces force row level security;
create policy tenant on workspaces for all to sluice_app
  using (id = current_setting('sluice.workspace_id', true))
  with check (id = current_setting('sluice.workspace_id', true));
create policy system on workspaces for all to sluice_system using (true) with check (true);
create policy auth on workspaces for select to sluice_auth using (true);
grant select, update on workspaces to sluice_app;
grant select, insert, update, delete on workspaces to sluice_system;
grant select on workspaces to sluice_auth;

alter table first_setup enable row level security;
alter table first_setup force row level security;
create policy system on first_setup for all to sluice_system using (true) with check (true);
grant select, insert on first_setup to sluice_system;

-- A workspace sees its members and nobody else.
alter table users enable row level security;
alter table users force row level security;
create policy tenant on users for select to sluice_app
  using (exists (select from members where members.user_id = users.id));
create policy system on users for all to sluice_system using (true) with check (true);
create policy auth on users for all to sluice_auth using (true) with check (true);
grant select on users to sluice_app;
grant select, insert, update, delete on users to sluice_system, sluice_auth;

-- Password hashes and session tokens: for sign-in alone.
do $$
declare
  secret text;
begin
  foreach secret in array array['accounts', 'auth_sessions', 'verifications'] loop
    execute format('alter table %I enable row level security', secret);
    execute format('alter table %I force row level security', secret);
    execute format('create policy auth on %I for all to sluice_auth using (true) with check (true)', secret);
    execute format('grant select, insert, update, delete on %I to sluice_auth', secret);
  end loop;
end
$$;

-- A first setup and an accepted invitation make user, account and membership in one transaction.
create policy system on accounts for insert to sluice_system with check (true);
grant insert on accounts to sluice_system;

-- What sign-in reads to say who someone is and where they belong.
create policy auth on members for select to sluice_auth using (true);
create policy auth on api_keys for select to sluice_auth using (true);
create policy auth_used on api_keys for update to sluice_auth using (true) with check (true);
grant select on members to sluice_auth;
grant select, update (last_used_at) on api_keys to sluice_auth;

-- Not on `events`: a key check for each row of the busiest table; its stream's row carries the tie.
alter table event_streams add foreign key (workspace_id) references workspaces (id) on delete cascade;
alter table idempotency_keys add foreign key (workspace_id) references workspaces (id) on delete cascade;
