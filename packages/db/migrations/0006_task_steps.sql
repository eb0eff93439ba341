-- What a task's steps need so that doing one again after a crash changes nothing twice.

alter table tasks
  -- The step that moved the task last: the same step, executed again, finds its move made.
  add column moved_by text,
  -- The task has ended or failed, and its files are not put back yet: nothing else may use them.
  add column holds_files boolean not null default false;
