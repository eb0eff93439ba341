-- In place, one task at a time works in a checkout, whichever session or workspace it is of: the path is the claim, and
-- the index holds over all of them.
alter table tasks add column checkout text;
create unique index tasks_checkout on tasks (md5(checkout)) where checkout is not null;

-- The tree of a checkpoint that the next task of a session begins from, and the one that a task did begin from; null is
-- the base.
alter table sessions add column restored_tree text;
alter table tasks add column start_tree text;
