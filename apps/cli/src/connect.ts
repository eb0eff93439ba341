import { ApiError } from '@sluice/sdk/api-error'
import { createClient, type Client } from '@sluice/sdk/client'
import { LiveClient, liveUrl, type LiveSocket } from '@sluice/sdk/live'
import { pollWith } from '@sluice/sdk/poll-with'
import { WebSocket } from 'ws'
import { readLogin } from './config.ts'
import type { Environment } from './env.ts'
import { CommandError, exitCode, usageError } from './exit-code.ts'

export const defaultUrl = 'http://127.0.0.1:4000'

/** A server and the right to talk to it. */
export interface Connection extends Disposable {
  url: string
  client: Client
  /** The live stream; opened when first asked for. */
  live(): LiveClient
}

/** Connects with the given request headers. Nothing is sent before the first call. */
export function connectWith(url: string, headers: Record<string, string>): Connection {
  const client = createClient({ url, headers })
  let live: LiveClient | undefined
  return {
    url,
    client,
    live: () =>
      (live ??= new LiveClient({
        url: liveUrl(url),
        openSocket: (address) => new WebSocket(address, { headers }) as unknown as LiveSocket,
        poll: pollWith(client),
      })),
    [Symbol.dispose]: () => live?.close(),
  }
}

export const keyHeaders = (key: string): Record<string, string> => ({
  authorization: `Bearer ${key}`,
})

/** What a server that is away or does not take the key means to whoever sits at a terminal; else the error as it is. */
export function explainAt(url: string, error: unknown): unknown {
  if (!(error instanceof ApiError)) return error
  if (error.code === 'unreachable') {
    return new CommandError(
      'unreachable',
      exitCode.unreachable,
      `${url} did not answer. Is Sluice running there? \`pnpm start\` in its clone starts it.`,
      { cause: error },
    )
  }
  if (error.code === 'unauthenticated') {
    return new CommandError(
      'unauthenticated',
      exitCode.forbidden,
      `${url} does not take this key: it was revoked, ran out, or belongs to another server. Make one on the page under Settings, API keys, then run \`sluice login --url ${url}\`, or set SLUICE_KEY.`,
      { cause: error },
    )
  }
  return error
}

/** @throws CommandError usage */
export function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw usageError(`"${text}" is not an address such as ${defaultUrl}.`)
  }
  return url.href.replace(/\/+$/, '')
}

/**
 * Finds out which server is meant and with which key: an option before the environment before
 * the stored login. A stored key only ever goes to the server it was stored for.
 * @throws CommandError usage, unauthenticated (there is no key for that server)
 */
export async function chooseServer(
  environment: Environment,
  urlOption: string | undefined,
): Promise<{ url: string; key: string }> {
  const login = await readLogin(environment.configFile)
  const asked = urlOption ?? environment.url
  const url = serverUrl(asked ?? login?.url ?? defaultUrl)
  const key = environment.key ?? (login?.url === url ? login.key : undefined)
  if (key !== undefined) return { url, key }
  throw new CommandError(
    'unauthenticated',
    exitCode.forbidden,
    `There is no key for ${url}. Make one on the page under Settings, API keys, then run \`sluice login --url ${url}\`, or set SLUICE_KEY.`,
  )
}
