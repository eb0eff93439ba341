import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

export interface CommandEnd {
  code: number | null
  out: string
  err: string
}

export interface RunningCommand {
  ended: Promise<CommandEnd>
  /** Resolves when it has written this to either end. */
  says(text: string): Promise<void>
  signal(name: NodeJS.Signals): void
  /** Closes our end of its standard error, as a pager that was left does. */
  leaveErrors(): void
}

/** Starts the real command in a process of its own. */
export function startCommand(
  words: readonly string[],
  options: { env: Readonly<Record<string, string>>; cwd?: string; input?: string },
): RunningCommand {
  const child = spawn(process.execPath, [main, ...words], {
    env: options.env,
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  const waiting: { text: string; resolve: () => void; reject: (error: Error) => void }[] = []
  const hasSaid = (text: string): boolean => out.includes(text) || err.includes(text)
  const look = () => {
    for (const wait of waiting) if (hasSaid(wait.text)) wait.resolve()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    look()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
    look()
  })
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const ended = new Promise<CommandEnd>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      for (const wait of waiting) wait.reject(new Error(`It never said "${wait.text}":\n${err}`))
      resolve({ code, out, err })
    })
  })
  return {
    ended,
    says: (text) =>
      new Promise((resolve, reject) => {
        if (hasSaid(text)) resolve()
        else waiting.push({ text, resolve, reject })
      }),
    signal: (name) => void child.kill(name),
    leaveErrors: () => child.stderr.destroy(),
  }
}
