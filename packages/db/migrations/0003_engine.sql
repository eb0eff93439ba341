-- Processes of Sluice that take part in runs. Not a tenant's: rows are of the installation.
create table workers (
  id text primary key,
  -- drained: ended in good order and left open runs; gone: nothing of it is left to take over.
  status text not null check (status in ('alive', 'drained', 'gone')),
  roles text[] not null,
  version text not null,
  pid integer not null,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now()
);
create index workers_open on workers (status) where status <> 'gone';
grant select, insert, update, delete on workers to sluice_system;
grant select on workers to sluice_app;

create table runs (
  id text primary key check (id ~ '^run_[0-9a-f]{32}$'),
  workspace_id text not null,
  kind text not null,
  subject_type text,
  subject_id text,
  status text not null default 'queued'
    check (status in ('queued', 'running', 'waiting', 'completed', 'failed', 'cancelled', 'dead')),
  start_mode text not null check (start_mode in ('direct', 'queue')),
  -- json, not jsonb: a prompt or an output may hold \u0000, which jsonb refuses.
  input json not null,
  output json,
  error_code text,
  error_message text,
  -- The step that the failure came from, where a replay begins.
  error_position integer,
  priority integer not null default 100 check (priority between 0 and 1000),
  -- Set while the run queues again after a wait: it lives in a worker's memory already.
  resuming boolean not null default false,
  queued_at timestamptz not null default now(),
  worker_id text,
  -- Counts executions; the fencing token: every write of an execution names its own.
  epoch integer not null default 0,
  -- Executions ended by a worker's death since the last completed step.
  crashes integer not null default 0,
  cancel_reason text,
  waiting_on text,
  -- Log lines written outside steps, so that a replay does not write them again.
  logged integer not null default 0,
  -- The clock runs towards deadline_at while the run holds a slot; else what is left stands in budget_ms.
  timeout_ms bigint,
  budget_ms bigint,
  deadline_at timestamptz,
  forked_from text,
  -- Where the durable engine begins the next launch, in its own numbering: a fork's or a replay's.
  launch_at integer,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);
create index runs_newest on runs (workspace_id, created_at desc, id desc);
create index runs_subject on runs (workspace_id, subject_type, subject_id);
create index runs_queue on runs (start_mode, priority, queued_at) where status = 'queued';
create index runs_open on runs (workspace_id, status) where status in ('running', 'waiting');
create index runs_worker on runs (worker_id) where status in ('queued', 'running', 'waiting');
select sluice_protect('runs');

create table run_steps (
  workspace_id text not null,
  run_id text not null references runs (id) on delete cascade,
  -- 1, 2, 3 … in the order of the run's own step and wait calls.
  position integer not null,
  -- The durable engine's number for it, which also counts what is not shown, such as patches.
  function_id integer,
  kind text not null default 'step' check (kind in ('step', 'wait')),
  name text not null,
  attempt integer not null default 0,
  -- Attempts that ended in an error, as against a crash; what a retry policy counts.
  failures integer not null default 0,
  status text not null check (status in ('running', 'completed', 'failed', 'cancelled')),
  error_code text,
  error_message text,
  -- When a wait gives up; kept over restarts.
  deadline_at timestamptz,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (run_id, position)
);
select sluice_protect('run_steps');

-- What was sent to runs. A row is taken by one wait of the run, named by its position.
create table run_signals (
  id bigint generated always as identity primary key,
  workspace_id text not null,
  run_id text not null references runs (id) on delete cascade,
  topic text not null,
  payload json,
  created_at timestamptz not null default now(),
  taken_by integer
);
create index run_signals_topic on run_signals (run_id, topic, id);
select sluice_protect('run_signals');

-- Requests to the workers, written in the requester's transaction. They are rows of their own so
-- that a feature's transaction never waits for a lock on a run.
create table run_outbox (
  id bigint generated always as identity primary key,
  workspace_id text not null,
  run_id text not null references runs (id) on delete cascade,
  request text not null check (request in ('cancel', 'replay')),
  reason text,
  created_at timestamptz not null default now()
);
select sluice_protect('run_outbox');

create table run_limits (
  workspace_id text primary key,
  concurrency integer not null check (concurrency between 1 and 10000)
);
select sluice_protect('run_limits');

create table run_artifacts (
  id text primary key check (id ~ '^art_[0-9a-f]{32}$'),
  workspace_id text not null,
  run_id text not null references runs (id) on delete cascade,
  -- Made by this step; the same name in the same step is one artifact, written again.
  position integer not null,
  name text not null,
  content_type text not null,
  size_bytes bigint not null,
  -- Small ones stand here; of a large one this is null and its bytes are a file of the data folder, named by its id.
  content bytea,
  created_at timestamptz not null default now(),
  unique (run_id, position, name)
);
select sluice_protect('run_artifacts');
