-- One row for each call of a model, written with its event. It outlives the session, task and repository that it was
-- for: what was spent stays spent.
create table usage (
  id bigint generated always as identity primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  session_id text references sessions (id) on delete set null,
  repository_id text references repositories (id) on delete set null,
  person_id text not null,
  person_name text not null,
  model_id text not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  -- Null where the model's price is not known.
  cost_micros bigint,
  -- Null for calls from before it was measured.
  duration_ms bigint,
  at timestamptz not null
);
-- With the cost: what is left of a month's budget is asked for before each call.
create index usage_by_time on usage (workspace_id, at) include (cost_micros);
create index usage_by_session on usage (session_id);
create index usage_by_repository on usage (repository_id);
select sluice_protect('usage');

-- The tables' owner is held to row-level security as well, and has no policy.
set local role sluice_system;
insert into usage (workspace_id, session_id, repository_id, person_id, person_name, model_id, input_tokens, output_tokens, cost_micros, at)
select e.workspace_id, t.session_id, t.repository_id, t.created_by->>'id', t.created_by->>'name', e.payload->>'modelId',
  (e.payload->>'inputTokens')::bigint, (e.payload->>'outputTokens')::bigint, (e.payload->>'costMicros')::bigint, e.at
from events e join tasks t on t.id = e.payload->>'taskId'
where e.type = 'usage.added';
reset role;
