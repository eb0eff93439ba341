-- The tree that a session's files are known to be at, between two tasks; null while a task may
-- change them. Knowing it saves looking at every file before the next task begins.

alter table sessions add column clean_tree text;
