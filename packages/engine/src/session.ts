import type { Database } from '@sluice/db/database'
import { hintChannel } from './notify.ts'
import { persist } from './persist.ts'
import { pause } from './wakeups.ts'

/**
 * A process's place among the others, on one connection of its own: it listens for hints and, for a
 * worker, holds a session lock that Postgres frees at the moment the process dies.
 *
 *   joining → member ⇄ lost (connection broken) → left
 *
 * While lost, another worker may declare this one dead and take its runs; that is found out on the
 * way back, and everything here is fenced then.
 */
export interface Session {
  /** Resolves once it is a member (and holds its lock). */
  join(): Promise<void>
  isMember(): boolean
  /** Tries to prove that a worker is dead: its lock is free. */
  isLockFree(workerId: string): Promise<boolean>
  /** Runs `work` as the only one that takes over from (or rejoins as) that worker; undefined when somebody else does it right now. */
  asRescuerOf<T>(workerId: string, work: () => Promise<T>): Promise<T | undefined>
  leave(): Promise<void>
}

export interface SessionDeps {
  database: Database
  /** Undefined for a process that executes nothing: it only listens. */
  worker: { id: string; roles: string[]; version: string; pid: number } | undefined
  onHint: (key: string) => void
  /** It was declared dead while it was away; nothing in memory is its own any more. */
  onDeclaredDead: () => void
  onMember: () => void
  onWarning: (message: string, data: Record<string, unknown>) => void
}

type Client = Awaited<ReturnType<Database['connectSystem']>>

const workerLock = (id: string): string => `sluice.worker:${id}`
const rescueLock = (id: string): string => `sluice.rescue:${id}`
const retryMs = 250

export function createSession(deps: SessionDeps): Session {
  const { database, worker, onWarning } = deps
  const closing = new AbortController()
  let client: Client | undefined
  let joined: Promise<void> | undefined

  const lost = (broken: Client, error: unknown) => {
    if (client !== broken) return
    client = undefined
    if (closing.signal.aborted) return
    onWarning('The connection that holds this process among the workers broke; connecting again', {
      error: String(error),
    })
    joined = rejoin()
    // Only leaving ends it early; then nobody waits for it.
    joined.catch(() => {})
  }

  const connect = async (): Promise<void> => {
    const fresh = await database.connectSystem(
      worker ? `sluice worker ${worker.id}` : 'sluice listener',
    )
    fresh.on('error', (error) => lost(fresh, error))
    fresh.on('end', () => lost(fresh, 'ended'))
    fresh.on('notification', (message) => deps.onHint(message.payload ?? ''))
    try {
      await fresh.query(`listen ${hintChannel}`)
      if (worker) await enter(fresh, worker)
    } catch (error) {
      await fresh
        .end()
        .catch((ending: unknown) =>
          onWarning('A connection could not be closed', { error: String(ending) }),
        )
      throw error
    }
    client = fresh
    deps.onMember()
  }

  // By asking again: a statement that waits for a lock holds up indexes that another process builds concurrently.
  const lock = async (on: Client, name: string): Promise<void> => {
    for (;;) {
      const { rows } = await on.query<{ taken: boolean }>(
        'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
        [name],
      )
      if (rows[0]?.taken) return
      await pause(retryMs, closing.signal)
    }
  }

  const enter = async (on: Client, me: NonNullable<typeof worker>): Promise<void> => {
    // Somebody may be taking over from here at this moment; wait until that is complete.
    await lock(on, rescueLock(me.id))
    await lock(on, workerLock(me.id))
    const { rows } = await on.query<{ was: string | null }>(
      `with before as (select status from workers where id = $1), entered as (
         insert into workers (id, status, roles, version, pid) values ($1, 'alive', $2, $3, $4)
         on conflict (id) do update set status = 'alive', heartbeat_at = now())
       select (select status from before) as was`,
      [me.id, me.roles, me.version, me.pid],
    )
    await on.query('select pg_advisory_unlock(hashtextextended($1, 0))', [rescueLock(me.id)])
    if (rows[0]?.was === 'gone') deps.onDeclaredDead()
  }

  const rejoin = async (): Promise<void> => {
    for (;;) {
      try {
        await connect()
        return
      } catch (error) {
        onWarning('This process cannot join the workers yet', { error: String(error) })
        await pause(retryMs, closing.signal)
      }
    }
  }

  // Heartbeat and rescue share the connection: one statement after the other.
  let last: Promise<unknown> = Promise.resolve()
  const ask = async (on: Client, statement: string, workerLockName: string): Promise<boolean> => {
    const asked = last.then(() => on.query<{ answer: boolean }>(statement, [workerLockName]))
    last = asked.catch(() => {})
    return (await asked).rows[0]?.answer ?? false
  }
  const tryLock = (on: Client, name: string) =>
    ask(on, 'select pg_try_advisory_lock(hashtextextended($1, 0)) as answer', name)
  const unlock = (on: Client, name: string) =>
    ask(on, 'select pg_advisory_unlock(hashtextextended($1, 0)) as answer', name)

  const requireClient = (): Client => {
    if (!client) throw new Error('The worker session is not connected')
    return client
  }

  return {
    join: () => (joined ??= persist(connect, closing.signal)),
    isMember: () => client !== undefined,

    async isLockFree(workerId) {
      const on = requireClient()
      if (!(await tryLock(on, workerLock(workerId)))) return false
      await unlock(on, workerLock(workerId))
      return true
    },

    async asRescuerOf(workerId, work) {
      const on = requireClient()
      if (!(await tryLock(on, rescueLock(workerId)))) return undefined
      try {
        return await work()
      } finally {
        // When the connection broke meanwhile, the lock went with it.
        if (client === on) await unlock(on, rescueLock(workerId))
      }
    },

    async leave() {
      closing.abort(new Error('The engine was closed'))
      const leaving = client
      client = undefined
      await leaving?.end()
    },
  }
}
