import type { Client } from '@sluice/sdk/client'
import { LiveClient } from '@sluice/sdk/live'
import type { Connection } from '../connect.ts'
import type { RunDeps } from '../run.ts'

/** Answers by operation, as in `sessions.create`; each is given the input of the call. */
export type Answers = Record<string, (input: never) => unknown>

export interface ScriptedServer {
  connect: NonNullable<RunDeps['connect']>
  /** Every call in order: the operation and its input. */
  calls: [operation: string, input: unknown][]
  /** Whom the calls went to, and with what. */
  connections: { url: string; headers: Record<string, string> }[]
}

/** A server that answers as told and remembers what it was asked; anything else is a failure of the test. */
export function createScriptedServer(answers: Answers): ScriptedServer {
  const calls: ScriptedServer['calls'] = []
  const connections: ScriptedServer['connections'] = []
  const call = (operation: string) => async (input: never) => {
    calls.push([operation, input])
    const answer = answers[operation]
    if (answer === undefined) throw new Error(`The test has no answer for ${operation}`)
    return answer(input)
  }
  const feature = (name: string) =>
    new Proxy({}, { get: (_target, verb) => call(`${name}.${String(verb)}`) })
  const client = new Proxy({}, { get: (_target, name) => feature(String(name)) }) as Client
  const connect = (url: string, headers: Record<string, string>): Connection => {
    connections.push({ url, headers })
    return {
      url,
      client,
      live: () => new LiveClient({ url: 'ws://127.0.0.1:1' }),
      [Symbol.dispose]: () => undefined,
    }
  }
  return { connect, calls, connections }
}
