import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

/**
 * Where a run is stopped until its server is killed:
 * - `before`: the step's attempt is not counted yet, the step before it is done for good;
 * - `unrecorded`: all the step's work is done and the durable engine is about to record it, so it will be done again;
 * - `unnoted`: it is recorded, and its end does not stand in the run's own rows and events yet.
 */
export type KillMoment = 'before' | 'unrecorded' | 'unnoted'

export interface KillPoint {
  /** Title of the session whose newest run of this kind is held. */
  title: string
  kind: string
  moment: KillMoment
  /** Of the step within the run, from 1. */
  position: number
  /** The durable engine's number of it. */
  functionId: number
}

/** Holds runs at chosen points, from inside the database: no code of the server knows of it. */
export interface KillPoints extends AsyncDisposable {
  arm(points: readonly KillPoint[]): Promise<void>
  /** Resolves when every armed point was reached. @throws Error naming those that were not in time */
  reached(timeoutMs: number): Promise<void>
  /** After the kill: ends what is left of its connections, so that nothing is written after death, and frees the runs. */
  disarm(): Promise<void>
}

/** Every step before it and with its work done twice; its noted end, which is the engine's alone, for some. */
export function momentsOf(step: { kind: string; position: number }): KillMoment[] {
  return [
    ...(step.kind === 'step' ? (['before'] as const) : []),
    'unrecorded',
    ...(step.position % 3 === 0 ? (['unnoted'] as const) : []),
  ]
}

const connectionName = 'sluice kill points'

/** @param url of the database, as its administrator; the durable engine's tables are there already */
export async function openKillPoints(url: string): Promise<KillPoints> {
  const client = new pg.Client({ connectionString: url, application_name: connectionName })
  await client.connect()
  await client.query(setup)
  const armed: (KillPoint & { id: number })[] = []
  let next = 1
  return {
    async arm(points) {
      for (const point of points) {
        const id = next++
        await client.query(`create sequence kill_points_${id}`)
        await client.query(`grant usage on sequence kill_points_${id} to public`)
        await client.query(
          'insert into kill_points (id, title, kind, moment, position, function_id) values ($1, $2, $3, $4, $5, $6)',
          [id, point.title, point.kind, point.moment, point.position, point.functionId],
        )
        armed.push({ ...point, id })
      }
    },
    async reached(timeoutMs) {
      const until = performance.now() + timeoutMs
      for (;;) {
        const missing: string[] = []
        for (const { id, title, moment, position } of armed) {
          const { rows } = await client.query<{ is_called: boolean }>(
            `select is_called from kill_points_${id}`,
          )
          if (rows[0]?.is_called !== true) missing.push(`${title}: ${moment} step ${position}`)
        }
        if (missing.length === 0) return
        if (performance.now() > until) throw new Error(`Never reached: ${missing.join('; ')}`)
        // What is held has not committed, so it can send no word: look again.
        await delay(50)
      }
    },
    async disarm() {
      await client.query(
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and application_name <> $1`,
        [connectionName],
      )
      await client.query('delete from kill_points')
      for (const { id } of armed.splice(0)) await client.query(`drop sequence kill_points_${id}`)
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

const setup = `
create table if not exists kill_points (id integer, title text, kind text, moment text, position integer, function_id integer);

create or replace function kill_point_of(run text, wanted text, place integer, function_number integer) returns integer
language sql security definer as $$
  select p.id from kill_points p
    join sessions s on s.title = p.title join tasks t on t.session_id = s.id
  where p.moment = wanted and (p.position = place or p.function_id = function_number)
    and run = (select r.id from runs r where r.subject_id = t.id and r.kind = p.kind order by r.created_at desc, r.id desc limit 1)
  limit 1 $$;

-- To the server the database is away, for as long as it lives: it asks again later, and holds no connection meanwhile,
-- so that many runs can be held at once. A sequence keeps what is rolled back.
create or replace function hold_at(point integer) returns void language plpgsql as $$
begin
  perform nextval('kill_points_' || point);
  raise exception 'held at kill point %', point using errcode = '57P01';
end $$;

create or replace function hold_event() returns trigger language plpgsql security definer as $$
declare point integer;
begin
  if new.stream like 'run:%' and new.type in ('step.started', 'step.completed', 'step.failed') then
    point := kill_point_of(substr(new.stream, 5), case new.type when 'step.started' then 'before' else 'unnoted' end, (new.payload->>'position')::integer, null);
    if point is not null then perform hold_at(point); end if;
  end if;
  return new;
end $$;
create or replace trigger hold_event before insert on events for each row execute function hold_event();

create or replace function hold_record() returns trigger language plpgsql security definer as $$
declare point integer;
begin
  point := kill_point_of(new.workflow_uuid, 'unrecorded', null, new.function_id);
  if point is not null then perform hold_at(point); end if;
  return new;
end $$;
create or replace trigger hold_record before insert on dbos.operation_outputs for each row execute function hold_record();
`
