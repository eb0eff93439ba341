-- When the durable engine's records of an ended run were let go of: what its steps returned is gone, so the run can be
-- looked at and neither replayed nor forked.
alter table runs add column forgotten_at timestamptz;
create index runs_to_forget on runs (ended_at) where ended_at is not null and forgotten_at is null;
