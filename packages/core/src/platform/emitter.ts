import { setTimeout as delay } from 'node:timers/promises'
import type { NewEvent } from '@sluice/contract/events'
import { SluiceError } from '@sluice/contract/errors'
import type { Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import type { CoreDeps } from './deps.ts'
import type { Scope } from './scope.ts'

/** Appends a running step's events to a stream, in order, as many at once as came meanwhile. */
export interface Emitter {
  /** Takes an event; output of one command that waits to be written is joined. */
  emit(event: NewEvent): void
  /** Resolves when all that was taken is in the log. @throws what kept it from being written */
  flush(): Promise<void>
}

const maxJoinedChars = 32_000
const outageLimitMs = 60_000

/**
 * @param alongside rows that belong to the events, written in the same transaction
 */
export function createEmitter(
  deps: Pick<CoreDeps, 'db' | 'clock'>,
  scope: Scope,
  stream: string,
  signal: AbortSignal,
  alongside?: (tx: Tx, events: readonly NewEvent[]) => Promise<void>,
): Emitter {
  const pending: NewEvent[] = []
  let writing: Promise<void> | undefined

  const write = async () => {
    while (pending.length > 0) {
      const batch = pending.splice(0, 500)
      await throughOutage(deps, signal, () =>
        deps.db.scoped(scope, async (tx) => {
          await alongside?.(tx, batch)
          append(tx, scope, stream, batch)
        }),
      )
    }
  }
  const pump = () => {
    writing ??= write().finally(() => {
      writing = undefined
    })
    // The failure is told by flush, which every step awaits before it ends.
    return writing
  }
  let failed: { error: unknown } | undefined
  return {
    emit(event) {
      if (failed !== undefined) return
      const last = pending.at(-1)
      if (!joinOutput(last, event)) pending.push(event)
      pump().catch((error: unknown) => {
        failed ??= { error }
      })
    },
    async flush() {
      while (failed === undefined && (pending.length > 0 || writing !== undefined))
        await pump().catch((error: unknown) => (failed ??= { error }))
      if (failed !== undefined) throw failed.error
    },
  }
}

function joinOutput(last: NewEvent | undefined, event: NewEvent): boolean {
  if (
    last?.type === 'gate.output' &&
    event.type === 'gate.output' &&
    last.payload.gateResultId === event.payload.gateResultId
  ) {
    return joinText(last.payload, event.payload.text)
  }
  if (
    last?.type === 'tool.output' &&
    event.type === 'tool.output' &&
    last.payload.toolCallId === event.payload.toolCallId
  ) {
    return joinText(last.payload, event.payload.text)
  }
  return false
}

function joinText(payload: { text: string }, more: string): boolean {
  if (payload.text.length + more.length > maxJoinedChars) return false
  payload.text += more
  return true
}

/**
 * Repeats a transaction while Postgres is away, for at most a minute: a restart of the
 * database must not throw away a model's answer that was paid for.
 */
export async function throughOutage<T>(
  deps: Pick<CoreDeps, 'clock'>,
  signal: AbortSignal,
  run: () => Promise<T>,
): Promise<T> {
  const since = deps.clock.now().getTime()
  for (let waitMs = 200; ; waitMs = Math.min(waitMs * 2, 3_000)) {
    try {
      return await run()
    } catch (error) {
      const isAway = error instanceof SluiceError && error.code === 'database_unavailable'
      if (!isAway || deps.clock.now().getTime() - since > outageLimitMs) throw error
      await delay(waitMs, undefined, { signal })
    }
  }
}
