import type { Environment } from '../env.ts'
import type { Io } from '../io.ts'

/** A terminal, or two pipes, that remembers what was written. */
export interface TestTerminal {
  io: Io
  out(): string
  err(): string
  /** Presses Ctrl-C. */
  interrupt(): void
}

export function createTerminal(
  options: {
    isTty?: boolean
    columns?: number
    cwd?: string
    input?: string
    secret?: string
  } = {},
): TestTerminal {
  const { isTty = false, columns = 80, cwd = '/nowhere', input = '', secret } = options
  const written = { out: '', err: '' }
  const listeners = new Set<() => void>()
  const output = (end: 'out' | 'err') => ({
    write: (text: string) => void (written[end] += text),
    isTty,
    columns: () => (isTty ? columns : 0),
  })
  return {
    io: {
      out: output('out'),
      err: output('err'),
      isInteractive: secret !== undefined,
      cwd,
      colour: false,
      readInput: async () => input,
      askSecret: async () => secret ?? '',
      onInterrupt(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    out: () => written.out,
    err: () => written.err,
    interrupt: () => {
      for (const listener of listeners) listener()
    },
  }
}

/** An environment that says nothing and keeps its file where no test looks. */
export function createEnvironment(given: Partial<Environment> = {}): Environment {
  return {
    url: undefined,
    key: undefined,
    configFile: '/nonexistent/sluice/cli.json',
    colour: false,
    ...given,
  }
}
