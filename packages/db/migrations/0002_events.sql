-- The last number given out in each stream. The row lock that an append takes on it is held until
-- its transaction ends, so events of a stream become visible in the order of their numbers.
create table event_streams (
  stream text primary key check (stream ~ '^(session|run|project|workspace):[a-z]{3}_[0-9a-f]{32}$'),
  workspace_id text not null,
  last_seq bigint not null check (last_seq >= 0)
);
select sluice_protect('event_streams');

create table events (
  id bigint generated always as identity primary key,
  workspace_id text not null,
  stream text not null,
  seq bigint not null check (seq > 0),
  type text not null,
  payload jsonb not null,
  actor jsonb not null,
  at timestamptz not null default clock_timestamp(),
  unique (stream, seq)
);
select sluice_protect('events');
-- The log is append-only for features; only retention, as the system, removes from it.
revoke update, delete on events from sluice_app;
revoke update on events from sluice_system;
