import { CommanderError } from 'commander'
import { chooseServer, connectWith, explainAt, keyHeaders, type Connection } from './connect.ts'
import { createContext, emit, type Context, type GlobalOptions } from './context.ts'
import type { Environment } from './env.ts'
import { exitCode, failureOf, type ExitCode } from './exit-code.ts'
import type { Io } from './io.ts'
import { createProgram } from './program/program.ts'
import type { Runner } from './run-types.ts'

export interface RunDeps {
  io: Io
  environment: Environment
  now?: () => number
  /** Reaches a server; over the network unless told. */
  connect?: (url: string, headers: Record<string, string>) => Connection
}

/**
 * Carries one command line out.
 * @param words what follows the command's own name
 * @returns what the process ends with; every failure was said
 */
export async function run(words: readonly string[], deps: RunDeps): Promise<ExitCode> {
  const { io, environment, now = Date.now, connect = connectWith } = deps
  let ended: ExitCode = exitCode.ok
  const carryOut = async (
    options: GlobalOptions,
    command: (context: Context) => ExitCode | Promise<ExitCode>,
  ) => {
    const context = createContext({ io, environment, now }, options)
    try {
      ended = await command(context)
    } catch (error) {
      ended = report(context, error)
    }
  }
  const runner: Runner = {
    here: carryOut,
    signedIn: (options, command) =>
      carryOut(options, async (context) => {
        const server = await chooseServer(environment, context.urlOption)
        using connection = connect(server.url, keyHeaders(server.key))
        try {
          return await command({
            ...context,
            url: connection.url,
            client: connection.client,
            live: () => connection.live(),
          })
        } catch (error) {
          throw explainAt(server.url, error)
        }
      }),
  }
  try {
    await createProgram(runner, io).parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Help and version were asked for; everything else that commander throws is a slip in the call.
    if (error.exitCode === 0) return exitCode.ok
    if (asksForJson(words)) emit({ io }, { error: { code: 'usage', message: slipOf(error) } })
    return exitCode.usage
  }
  return ended
}

// A call that could not be read has no options either; what stands behind -- is never one.
function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return words.slice(0, end === -1 ? undefined : end).includes('--json')
}

/** What commander said about a call, without the word that it begins with. */
function slipOf({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'Say which command; --help lists them.'
  return message.replace(/^error: /, '').replaceAll('\n', ' ')
}

function report(context: Context, error: unknown): ExitCode {
  const { exitCode: code, ...failure } = failureOf(error)
  if (context.isJson) emit(context, { error: failure })
  context.io.err.write(`${context.paint.err.red('sluice:')} ${failure.message}\n`)
  return code
}
