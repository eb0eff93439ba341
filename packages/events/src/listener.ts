import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '@sluice/db/database'
import { hintChannel } from './log.ts'

export interface ListenerDeps {
  db: Database
  /** A hint from Postgres: a stream has reached a seq. */
  onHint: (stream: string, seq: number) => void
  /** Listening has (again) begun: whatever was committed before may have been missed. */
  onListening: () => void
  onError: (error: unknown) => void
}

export interface Listener {
  readonly isListening: boolean
  close(): Promise<void>
}

const retryDelaysMs = [50, 100, 250, 500, 1_000]

/** Holds the process's one LISTEN connection, and makes a new one whenever it is lost. */
export function startListener({ db, onHint, onListening, onError }: ListenerDeps): Listener {
  const closing = new AbortController()
  let isListening = false

  const listenOnce = async (): Promise<void> => {
    const client = await db.connectSystem('sluice event tail')
    const lost = Promise.withResolvers<void>()
    client.on('error', onError)
    client.on('end', () => lost.resolve())
    client.on('notification', ({ payload = '' }) => {
      const space = payload.lastIndexOf(' ')
      onHint(payload.slice(0, space), Number(payload.slice(space + 1)))
    })
    const onClosing = () => lost.resolve()
    closing.signal.addEventListener('abort', onClosing, { once: true })
    try {
      await client.query(`listen ${hintChannel}`)
      isListening = true
      onListening()
      if (!closing.signal.aborted) await lost.promise
    } finally {
      isListening = false
      closing.signal.removeEventListener('abort', onClosing)
      await client.end().catch(onError)
    }
  }

  const loop = async (): Promise<void> => {
    let failures = 0
    while (!closing.signal.aborted) {
      try {
        await listenOnce()
        failures = 0
      } catch (error) {
        if (failures === 0) onError(error) // one outage is one report
        failures++
      }
      const waitMs = retryDelaysMs[Math.min(failures, retryDelaysMs.length - 1)]
      await delay(waitMs, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }
  const running = loop()

  return {
    get isListening() {
      return isListening
    },
    async close() {
      closing.abort()
      await running
    },
  }
}
