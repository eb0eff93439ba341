import { sql } from 'drizzle-orm'
import { SluiceError } from '@sluice/contract/errors'
import type { EventEnvelope, NewEvent, StreamEvent } from '@sluice/contract/events'
import { beforeCommit, type Database, type Tx } from '@sluice/db/database'
import { findPgError } from '@sluice/db/errors'
import type { Scope } from '@sluice/db/scope'

/** Where hints are sent; a hint is `<stream> <last seq>` and may be lost without harm. */
export const hintChannel = 'sluice_events'

/** The largest payload of one event, as JSON. Longer text belongs into an artifact that the event names. */
export const maxPayloadBytes = 256 * 1024

/** Most events of one append and of one read. */
export const maxBatch = 1_000

/** An event that waits for its transaction's end; payload and actor as JSON. */
interface Waiting {
  stream: string
  workspaceId: string
  type: string
  payload: string
  actor: string
}

const waitingOf = new WeakMap<Tx, Waiting[]>()

/**
 * Appends events to one stream inside the caller's transaction, so that they stand in the log exactly
 * if its change does. They are written, all streams of the transaction in one statement, right before
 * the commit: the rows of the streams, which everyone shares, are locked last, in the order of their
 * names and for the shortest time, so no two transactions can wait for each other over them. Listeners
 * get a hint at the commit.
 * @param stream `session:<id>`, `run:<id>`, `project:<id>` or `workspace:<id>`
 * @throws SluiceError `too_large` for a payload over `maxPayloadBytes`; at the commit `not_found` for a stream of another workspace
 */
export function append(tx: Tx, scope: Scope, stream: string, events: readonly NewEvent[]): void {
  if (events.length > maxBatch)
    throw new Error(`An append takes at most ${maxBatch} events, not ${events.length}`)
  if (events.length === 0) return
  const actor = clean(scope.actor)
  const added = events.map(({ type, payload }) => {
    const cleaned = clean(payload)
    refuseTooLarge(type, cleaned)
    return { stream, workspaceId: scope.workspaceId, type, payload: cleaned, actor }
  })
  const known = waitingOf.get(tx)
  if (known !== undefined) {
    known.push(...added)
    return
  }
  waitingOf.set(tx, added)
  beforeCommit(tx, () => write(tx, added))
}

/** One statement and one round trip: numbers, rows and hints. */
async function write(tx: Tx, events: readonly Waiting[]): Promise<void> {
  const encoded = `[${events.map(encode).join(',')}]`
  const streams = new Set(events.map(({ stream }) => stream))
  try {
    const { rows } = await tx.execute<{ stream: string }>(sql`
      with input as materialized (
        select item->>'stream' as stream, item->>'workspace' as workspace_id, item->>'type' as type,
          item->'payload' as payload, item->'actor' as actor, position
        from jsonb_array_elements(${encoded}::jsonb) with ordinality as element(item, position)
      ), heads as (
        insert into event_streams as existing (stream, workspace_id, last_seq)
        select stream, workspace_id, count(*) from input group by stream, workspace_id order by stream
        on conflict (stream) do update set last_seq = existing.last_seq + excluded.last_seq
          where existing.workspace_id = excluded.workspace_id
        returning stream, last_seq
      ), added as (
        insert into events (workspace_id, stream, seq, type, payload, actor)
        select workspace_id, stream,
          last_seq - count(*) over (partition by stream) + row_number() over (partition by stream order by position),
          type, payload, actor
        from input join heads using (stream)
      )
      select stream, pg_notify(${hintChannel}, stream || ' ' || last_seq) from heads`)
    for (const { stream } of rows) streams.delete(stream)
  } catch (error) {
    // Row-level security refuses the update of a row that it hides.
    if (findPgError(error)?.code === '42501') throw foreignStream([...streams], error)
    throw error
  }
  if (streams.size > 0) throw foreignStream([...streams])
}

const encode = ({ stream, workspaceId, type, payload, actor }: Waiting): string =>
  `{"stream":${JSON.stringify(stream)},"workspace":${JSON.stringify(workspaceId)},"type":${JSON.stringify(type)},"payload":${payload},"actor":${actor}}`

const foreignStream = (streams: string[], cause?: unknown): SluiceError =>
  new SluiceError('not_found', `There is no stream ${streams.join(' or ')} in this workspace.`, {
    cause,
  })

function refuseTooLarge(type: string, payload: string): void {
  const bytes = Buffer.byteLength(payload)
  if (bytes <= maxPayloadBytes) return
  throw new SluiceError(
    'too_large',
    `An event of type ${type} has ${bytes} bytes; at most ${maxPayloadBytes} are kept. Store the text as an artifact.`,
  )
}

// Postgres keeps no NUL in jsonb and refuses half of a surrogate pair; output of programs has both.
function clean(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'string' ? inner.replaceAll('\u0000', '\uFFFD').toWellFormed() : inner,
  )
}

export interface ReadEvents {
  workspaceId: string
  stream: string
  /** The last seq that the reader has; 0 for all. */
  after: number
  /** At most `maxBatch`, which is the default. */
  limit?: number
}

interface EventRow {
  [column: string]: unknown
  workspace_id: string
  stream: string
  seq: string
  type: string
  payload: unknown
  actor: unknown
  at: string | Date
}

/** Reads the events after a cursor, in order and without gaps; empty when there are none (or the stream is another workspace's). */
export async function readEvents(
  tx: Tx,
  { workspaceId, stream, after, limit = maxBatch }: ReadEvents,
): Promise<StreamEvent[]> {
  const { rows } = await tx.execute<EventRow>(sql`
    select workspace_id, stream, seq, type, payload, actor, at from events
    where workspace_id = ${workspaceId} and stream = ${stream} and seq > ${after}
    order by seq limit ${Math.min(limit, maxBatch)}`)
  return rows.map(toEvent)
}

/** An event with the room that its payload takes in the database, to bound what is kept of it in memory. */
export interface SizedEvent {
  event: StreamEvent
  sizeBytes: number
}

/** As `readEvents`, in one round trip on the system role. For the tail; a request's read goes through its scope. */
export async function readEventsAsSystem(
  db: Database,
  { workspaceId, stream, after, limit = maxBatch }: ReadEvents,
): Promise<SizedEvent[]> {
  const rows = await db.querySystem<EventRow & { size_bytes: number }>(
    `select workspace_id, stream, seq, type, payload, actor, at, pg_column_size(payload) as size_bytes from events
     where workspace_id = $1 and stream = $2 and seq > $3 order by seq limit $4`,
    [workspaceId, stream, after, Math.min(limit, maxBatch)],
  )
  return rows.map((row) => ({ event: toEvent(row), sizeBytes: row.size_bytes }))
}

/**
 * The last seq of a stream as this transaction sees it, 0 where it has none: the cursor that belongs to
 * a snapshot. Read it before the snapshot's rows: what is committed in between then comes twice at
 * worst (in the rows and as an event), and is never missed.
 */
export async function readCursor(
  tx: Tx,
  { workspaceId, stream }: Pick<ReadEvents, 'workspaceId' | 'stream'>,
): Promise<number> {
  const { rows } = await tx.execute<{ last_seq: string }>(
    sql`select last_seq from event_streams where workspace_id = ${workspaceId} and stream = ${stream}`,
  )
  return Number(rows[0]?.last_seq ?? 0)
}

function toEvent(row: EventRow): StreamEvent {
  const envelope: EventEnvelope = {
    workspaceId: row.workspace_id as EventEnvelope['workspaceId'],
    stream: row.stream,
    seq: Number(row.seq),
    type: row.type as EventEnvelope['type'],
    payload: row.payload,
    actor: row.actor as EventEnvelope['actor'],
    at: new Date(row.at).toISOString(),
  }
  return envelope as StreamEvent
}
