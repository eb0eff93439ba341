import { notFound, SluiceError } from '@sluice/contract/errors'
import { StreamName, type EventEnvelope } from '@sluice/contract/events'
import type { RunId, SessionId } from '@sluice/contract/ids'
import type { Scope } from '@sluice/core/platform'
import { requireSessionRow } from '@sluice/core/sessions'
import { findRun } from '@sluice/engine/queries'
import { readCursor, readEvents } from '@sluice/events/log'
import type { ServerDeps } from './context.ts'

/**
 * Lets a caller at a stream of their workspace. One that does not exist and one of another
 * workspace are the same to them.
 * @throws SluiceError invalid_input (no name of a stream), not_found
 */
export async function requireStream(
  server: Pick<ServerDeps, 'core'>,
  scope: Scope,
  stream: string,
): Promise<void> {
  const parsed = StreamName.safeParse(stream)
  if (!parsed.success)
    throw new SluiceError(
      'invalid_input',
      `stream: ${parsed.error.issues[0]?.message ?? 'is not a stream'}`,
    )
  const [kind, id] = stream.split(':', 2) as [string, string]
  if (kind === 'workspace') {
    if (id !== scope.workspaceId) throw notFound('stream', stream)
    return
  }
  await server.core.db.scoped(scope, async (tx) => {
    if (kind === 'session') await requireSessionRow(tx, scope, id as SessionId)
    else if (kind !== 'run' || (await findRun(tx, scope, id as RunId)) === undefined)
      throw notFound('stream', stream)
  })
}

/** The polling way to follow a stream: what came after the cursor, waiting a while for the first. */
export async function readEventsPage(
  server: Pick<ServerDeps, 'core' | 'tail' | 'draining'>,
  scope: Scope,
  query: { stream: string; after: number; limit: number; waitSeconds: number },
  signal: AbortSignal,
): Promise<{ items: EventEnvelope[]; cursor: number }> {
  await requireStream(server, scope, query.stream)
  const { stream, after, limit } = query
  const read = () =>
    server.core.db.scoped(scope, (tx) =>
      readEvents(tx, { workspaceId: scope.workspaceId, stream, after, limit }),
    )
  let items = await read()
  if (items.length === 0) {
    const last = await server.core.db.scoped(scope, (tx) =>
      readCursor(tx, { workspaceId: scope.workspaceId, stream }),
    )
    if (after > last)
      throw new SluiceError(
        'invalid_input',
        `after: ${after} is ahead of the stream, whose last event is ${last}.`,
      )
    if (query.waitSeconds > 0) {
      await waitForEvent(
        server,
        scope,
        stream,
        after,
        AbortSignal.any([signal, server.draining, AbortSignal.timeout(query.waitSeconds * 1000)]),
      )
      items = await read()
    }
  }
  return { items, cursor: items.at(-1)?.seq ?? after }
}

async function waitForEvent(
  server: Pick<ServerDeps, 'tail'>,
  scope: Scope,
  stream: string,
  after: number,
  signal: AbortSignal,
): Promise<void> {
  for await (const _batch of server.tail.subscribe({
    workspaceId: scope.workspaceId,
    stream,
    after,
    signal,
  }))
    return
}
