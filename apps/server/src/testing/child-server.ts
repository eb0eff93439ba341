import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A first start may build the page and unpack Postgres. */
const readyLimitMs = 5 * 60_000

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/** The server in a process of its own, as `pnpm start` runs it. */
export interface ChildServer extends AsyncDisposable {
  pid: number
  /** Settles with the address once it answers. @throws with what it said when it ends before, or is not ready in five minutes */
  ready: Promise<string>
  /** Settles when it has ended. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** All that it wrote to standard error so far: its log, or why it did not start. */
  readonly errors: string
  kill(signal: NodeJS.Signals): void
}

export interface ChildServerOptions {
  /** Default: all of them. */
  roles?: string
  /** Whether the page is built and served. Default true. */
  page?: boolean
}

/** @param variables its whole environment */
export function spawnServer(
  variables: Readonly<Record<string, string | undefined>>,
  { roles, page = true }: ChildServerOptions = {},
): ChildServer {
  const child = spawn(
    process.execPath,
    [
      main,
      '--ready-json',
      ...(page ? [] : ['--no-page']),
      ...(roles === undefined ? [] : ['--roles', roles]),
    ],
    { env: variables, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  const ready = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const url = urlIn(line)
      if (url === undefined) errors += `${line}\n`
      else resolve(url)
    })
    void ended.then(({ code, signal }) =>
      reject(new Error(`The server ended before it was ready (${code ?? signal}): ${errors}`)),
    )
    const late = () => reject(new Error(`The server is not ready yet. It said: ${errors}`))
    setTimeout(late, readyLimitMs).unref()
  })
  // Whoever does not wait for it still learns of the end through `ended`.
  ready.catch(() => undefined)
  return {
    pid: child.pid ?? 0,
    ready,
    ended,
    get errors() {
      return errors
    },
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** The address in the line that says that the server is ready; the log may stand on the same output. */
function urlIn(line: string): string | undefined {
  try {
    const said = JSON.parse(line) as { ready?: boolean; url?: string }
    return said.ready === true ? said.url : undefined
  } catch {
    return undefined
  }
}
