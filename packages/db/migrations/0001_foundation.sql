-- The roles that Sluice works under. They are shared by all databases of a server, so another
-- installation may have made them already; none of them may log in or bypass row-level security.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['sluice_app', 'sluice_system', 'sluice_auth'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin nosuperuser nobypassrls nocreatedb nocreaterole inherit', wanted);
      exception when duplicate_object or unique_violation then
        null; -- another database of this server made it at the same moment
      end;
    end if;
    if exists (select from pg_roles where rolname = wanted and (rolsuper or rolbypassrls)) then
      raise exception 'the role % may bypass row-level security: take SUPERUSER and BYPASSRLS from it', wanted;
    end if;
    -- Without the right to become it the startup option role=… is refused. From Postgres 16 on,
    -- membership (which comes with creating the role) and that right are two things.
    if not pg_has_role(current_user, wanted, case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) then
      execute format('grant %I to current_user', wanted);
    end if;
    execute format('grant usage on schema public to %I', wanted);
  end loop;
end
$$;

-- Tables are not open to every role that can reach the database.
revoke create on schema public from public;

-- Puts a table with a workspace_id column behind the tenant boundary.
create function sluice_protect(protected regclass) returns void
language plpgsql
set search_path = pg_catalog, public
as $$
begin
  execute format('alter table %s enable row level security', protected);
  execute format('alter table %s force row level security', protected);
  execute format(
    'create policy tenant on %s for all to sluice_app
       using (workspace_id = current_setting(''sluice.workspace_id'', true))
       with check (workspace_id = current_setting(''sluice.workspace_id'', true))',
    protected);
  execute format('create policy system on %s for all to sluice_system using (true) with check (true)', protected);
  execute format('grant select, insert, update, delete on %s to sluice_app, sluice_system', protected);
end
$$;
revoke execute on function sluice_protect(regclass) from public;

-- The answer to a create that a client may send again with the same Idempotency-Key.
create table idempotency_keys (
  workspace_id text not null,
  -- Who sent it and on which operation: two callers may choose the same key.
  caller text not null,
  operation text not null,
  key text not null,
  -- A digest of the input, to refuse the same key with another one.
  fingerprint text not null,
  status text not null default 'running' check (status in ('running', 'completed')),
  response jsonb,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (workspace_id, caller, operation, key)
);
create index idempotency_keys_expiry on idempotency_keys (expires_at);
select sluice_protect('idempotency_keys');
