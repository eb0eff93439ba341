import { setTimeout as delay } from 'node:timers/promises'
import { SluiceError } from '@sluice/contract/errors'
import type { CoreDeps, Scope } from '@sluice/core/platform'
import { readCursor } from '@sluice/events/log'
import type { EventTail } from '@sluice/events/tail'

/** How long a sign-out or a key that ran out may go unnoticed; what changes among people is noticed within the pause below. */
const lookEveryMs = 30_000
/** Between two rounds of looks: many changes among people in a row must not keep the events waiting. */
const defaultRoundPauseMs = 1_000
/** A look is a query or two, and hundreds at once would stand before whoever else asks the database. */
const looksAtOnce = 4

const ended = new Set(['unauthenticated', 'forbidden', 'not_found'])

/** Watches over what live connections were opened with; one for the life of the process. */
export interface CredentialWatch {
  /**
   * Watches over the credentials of one connection: a revoked key, a removed member or a sign-out
   * must end what is still being told.
   * @param letIn what was asked when the connection was opened, asked again; its refusal ends the connection
   * @param signal aborts when the connection is gone
   * @returns aborts once the credentials have ended
   */
  watch(scope: Scope, letIn: () => Promise<unknown>, signal: AbortSignal): AbortSignal
}

type Look = () => Promise<void>

/** The connections of one workspace, which hear of its people together. */
interface Watched {
  looks: Set<Look>
  /** Settles once changes among people are heard, or cannot be. */
  hears: Promise<void>
  stop: AbortController
}

interface CredentialWatchDeps {
  core: Pick<CoreDeps, 'db' | 'log'>
  tail: EventTail
  roundPauseMs?: number
}

export function createCredentialWatch(deps: CredentialWatchDeps): CredentialWatch {
  const workspaces = new Map<string, Watched>()

  const join = (scope: Scope, look: Look, signal: AbortSignal): Watched => {
    const { workspaceId } = scope
    const watched = workspaces.get(workspaceId) ?? begin(scope)
    watched.looks.add(look)
    signal.addEventListener(
      'abort',
      () => {
        watched.looks.delete(look)
        if (watched.looks.size > 0) return
        watched.stop.abort()
        if (workspaces.get(workspaceId) === watched) workspaces.delete(workspaceId)
      },
      { once: true },
    )
    return watched
  }

  const begin = (scope: Scope): Watched => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const watched: Watched = { looks: new Set(), hears: promise, stop: new AbortController() }
    workspaces.set(scope.workspaceId, watched)
    void followPeople(deps, scope, watched, resolve).finally(() => {
      resolve()
      // The next connection begins anew; those of this one are looked at by the clock.
      if (workspaces.get(scope.workspaceId) === watched) workspaces.delete(scope.workspaceId)
    })
    return watched
  }

  return {
    watch(scope, letIn, signal) {
      const ending = new AbortController()
      const stop = AbortSignal.any([signal, ending.signal])
      if (stop.aborted) return ending.signal
      const look = async (): Promise<void> => {
        try {
          if (!stop.aborted) await letIn()
        } catch (error) {
          // A database that is away says nothing about anyone's credentials.
          if (error instanceof SluiceError && ended.has(error.code)) ending.abort()
        }
      }
      const timer = setInterval(() => void look(), lookEveryMs)
      timer.unref()
      stop.addEventListener('abort', () => clearInterval(timer), { once: true })
      // What ended between being let in and being watched was told to nobody.
      void join(scope, look, stop).hears.then(look)
      return ending.signal
    },
  }
}

/** Looks at every connection whenever keys, members or roles of the workspace change. */
async function followPeople(
  { core, tail, roundPauseMs = defaultRoundPauseMs }: CredentialWatchDeps,
  scope: Scope,
  { looks, stop }: Watched,
  onHearing: () => void,
): Promise<void> {
  const { workspaceId } = scope
  const stream = `workspace:${workspaceId}`
  const { signal } = stop
  const round = createRounds(looks, roundPauseMs, signal)
  try {
    const after = await core.db.scoped(scope, (tx) => readCursor(tx, { workspaceId, stream }))
    onHearing()
    for await (const events of tail.subscribe({ workspaceId, stream, after, signal })) {
      if (events.some(({ type }) => type === 'people.changed')) round()
    }
  } catch (error) {
    core.log.warn(
      { err: error },
      'changes among people cannot be followed; credentials are looked at by the clock',
    )
  }
}

/** @returns asks for a round of looks that begins after the asking: at once, or when the last one's pause is over */
function createRounds(
  looks: ReadonlySet<Look>,
  roundPauseMs: number,
  signal: AbortSignal,
): () => void {
  let isAsked = false
  let isRunning = false
  const run = async (): Promise<void> => {
    while (isAsked && !signal.aborted) {
      isAsked = false
      const open = [...looks]
      const lookOn = async (): Promise<void> => {
        for (let look = open.pop(); look !== undefined; look = open.pop()) await look()
      }
      await Promise.all(Array.from({ length: looksAtOnce }, lookOn))
      await delay(roundPauseMs, undefined, { signal }).catch(() => undefined)
    }
    isRunning = false
  }
  return () => {
    isAsked = true
    if (isRunning) return
    isRunning = true
    void run()
  }
}
