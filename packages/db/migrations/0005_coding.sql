-- The coding half: settings, providers, repositories, gates, sessions, tasks, review.

create table workspace_settings (
  workspace_id text primary key references workspaces (id) on delete cascade,
  settings jsonb not null,
  updated_at timestamptz not null default now()
);
select sluice_protect('workspace_settings');

create table providers (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  kind text not null,
  base_url text,
  key_sealed text,
  default_model_id text,
  created_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select sluice_protect('providers');

create table repositories (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  path text not null,
  url text,
  kind text not null,
  state text not null,
  problem text,
  default_branch text,
  sandbox_provider text,
  status jsonb,
  is_sample boolean not null default false,
  clone_run_id text,
  last_task_at timestamptz,
  created_at timestamptz not null default now(),
  unique (workspace_id, path)
);
select sluice_protect('repositories');

create table repository_scans (
  workspace_id text primary key references workspaces (id) on delete cascade,
  run_id text not null,
  state text not null,
  roots jsonb not null,
  folders_visited integer not null default 0,
  found jsonb not null default '[]',
  problem text,
  started_at timestamptz not null,
  ended_at timestamptz
);
select sluice_protect('repository_scans');

create table gates (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  repository_id text not null references repositories (id) on delete cascade,
  name text not null,
  command text not null,
  timeout_seconds integer not null,
  is_blocking boolean not null,
  is_enabled boolean not null,
  position integer not null,
  found_from text,
  created_at timestamptz not null default now()
);
create index gates_by_repository on gates (repository_id, position);
select sluice_protect('gates');

create table sessions (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  repository_id text not null references repositories (id) on delete cascade,
  title text not null,
  status text not null,
  status_since timestamptz not null,
  problem text,
  base_branch text not null,
  base_commit text,
  -- The commit that the next task starts from: the base, then each commit made here.
  head_commit text,
  branch text not null,
  -- Where our branch stands in the user's repository; null until the first commit was published.
  published_commit text,
  mode text not null,
  sandbox_provider text not null,
  provider_id text not null,
  model_id text not null,
  is_recorded boolean not null,
  -- A reason for rejecting that is put before the next prompt.
  carried_context text,
  created_by jsonb not null,
  created_at timestamptz not null,
  last_activity_at timestamptz not null,
  last_activity text not null default ''
);
create index sessions_by_activity on sessions (workspace_id, last_activity_at desc, id desc);
create index sessions_by_repository on sessions (repository_id);
select sluice_protect('sessions');

create table tasks (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  session_id text not null references sessions (id) on delete cascade,
  repository_id text not null references repositories (id) on delete cascade,
  number integer not null,
  position integer not null,
  prompt text not null,
  status text not null,
  status_since timestamptz not null,
  detail text not null default '',
  failure jsonb,
  round integer not null default 0,
  max_rounds integer not null,
  run_id text,
  base_commit text,
  base_tree text,
  tree_id text,
  working_state jsonb,
  change jsonb,
  message text,
  is_message_edited boolean not null default false,
  commit_sha text,
  committed_at timestamptz,
  merge_state text not null default 'none',
  push_state text not null default 'none',
  landing_problem text,
  reject_reason text,
  -- What the decision asks the run to do; the run reads it here, the signal only wakes it.
  decision jsonb,
  history jsonb,
  cost_micros bigint not null default 0,
  has_unknown_cost boolean not null default false,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  turns integer not null default 0,
  created_by jsonb not null,
  decided_by jsonb,
  created_at timestamptz not null,
  ended_at timestamptz,
  unique (session_id, number)
);
create index tasks_by_workspace on tasks (workspace_id, created_at desc, id desc);
create index tasks_by_session on tasks (session_id, position);
create index tasks_waiting on tasks (workspace_id, status_since)
  where status in ('waiting_approval', 'qa_failed', 'failed', 'interrupted');
select sluice_protect('tasks');

create table checkpoints (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  session_id text not null references sessions (id) on delete cascade,
  task_id text references tasks (id) on delete cascade,
  tree_id text not null,
  label text not null,
  created_at timestamptz not null
);
create index checkpoints_by_session on checkpoints (session_id, created_at);
select sluice_protect('checkpoints');

create table gate_results (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  repository_id text not null references repositories (id) on delete cascade,
  gate_id text references gates (id) on delete set null,
  task_id text references tasks (id) on delete cascade,
  run_id text,
  name text not null,
  command text not null,
  is_blocking boolean not null,
  status text not null,
  round integer not null,
  position integer not null,
  tree_id text not null,
  exit_code integer,
  duration_ms integer,
  output_bytes bigint not null default 0,
  output_tail text not null default '',
  problem text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);
create index gate_results_by_task on gate_results (task_id, round, position);
select sluice_protect('gate_results');

create table comments (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  task_id text not null references tasks (id) on delete cascade,
  path text not null,
  side text not null,
  start_line integer not null,
  end_line integer not null,
  body text not null,
  tree_id text not null,
  hunk text not null,
  status text not null,
  author jsonb not null,
  created_at timestamptz not null
);
create index comments_by_task on comments (task_id, created_at);
select sluice_protect('comments');

create table artifacts (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  task_id text references tasks (id) on delete cascade,
  name text not null,
  content_type text not null,
  size_bytes bigint not null,
  created_at timestamptz not null
);
select sluice_protect('artifacts');

create table inbox_snoozes (
  workspace_id text not null references workspaces (id) on delete cascade,
  user_id text not null,
  item_id text not null,
  until timestamptz not null,
  primary key (workspace_id, user_id, item_id)
);
select sluice_protect('inbox_snoozes');
