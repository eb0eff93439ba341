-- Images and texts that people give along with a prompt. The bytes lie in the data folder under the id, and never change.
create table attachments (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null,
  content_type text not null,
  size_bytes bigint not null,
  created_by jsonb not null,
  created_at timestamptz not null
);
create index attachments_by_age on attachments (created_at);
select sluice_protect('attachments');

-- In the order in which they were given; a prompt that is run again has the same ones.
alter table tasks add column attachment_ids text[] not null default '{}';
create index tasks_attachments on tasks using gin (attachment_ids);
