import type { Client } from '@sluice/sdk/client'
import type { LiveClient } from '@sluice/sdk/live'
import type { Environment } from './env.ts'
import type { Io } from './io.ts'
import { createPaint, type Paint } from './render/paint.ts'

/** Options that every command knows. */
export interface GlobalOptions {
  json?: boolean
  url?: string
}

/** What every command is given. */
export interface Context {
  io: Io
  environment: Environment
  isJson: boolean
  urlOption: string | undefined
  /** For standard output and for standard error: one may be a terminal, the other not. */
  paint: { out: Paint; err: Paint }
  now(): number
}

/** What a command that talks to a server is given. */
export interface ServerContext extends Context {
  url: string
  client: Client
  live(): LiveClient
}

export function createContext(
  deps: { io: Io; environment: Environment; now: () => number },
  options: GlobalOptions,
): Context {
  const { io, environment, now } = deps
  return {
    io,
    environment,
    now,
    isJson: options.json ?? false,
    urlOption: options.url,
    paint: {
      out: createPaint(io.colour ?? io.out.isTty),
      err: createPaint(io.colour ?? io.err.isTty),
    },
  }
}

/** Writes one object as one line: the machine's output. */
export function emit(context: Pick<Context, 'io'>, value: unknown): void {
  context.io.out.write(`${JSON.stringify(value)}\n`)
}

/** Says something to the person. */
export function say(context: Pick<Context, 'io'>, text: string): void {
  context.io.err.write(`${text}\n`)
}

/** The machine's output, or the person's. */
export function show(
  context: Pick<Context, 'io' | 'isJson'>,
  value: unknown,
  text: () => string,
): void {
  if (context.isJson) emit(context, value)
  else context.io.out.write(text())
}
