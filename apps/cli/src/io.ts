import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { interrupted } from './exit-code.ts'

/** One end that is written to. */
export interface Output {
  write(text: string): void
  isTty: boolean
  /** Width in characters; 0 where lines are not to be cut. */
  columns(): number
}

/** The terminal, or what stands in its place. */
export interface Io {
  /** What was asked for: the only thing a script reads. */
  out: Output
  /** Progress, questions and failures, for people. */
  err: Output
  /** Whether a person can be asked. */
  isInteractive: boolean
  cwd: string
  colour: boolean | undefined
  /** All of standard input, as text. */
  readInput(): Promise<string>
  /** Asks without showing what is typed. @throws CommandError interrupted */
  askSecret(question: string): Promise<string>
  /** Calls `listener` at each Ctrl-C or SIGTERM in place of ending; the result takes it back. */
  onInterrupt(listener: () => void): () => void
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTty: stream.isTTY,
    columns: () => (stream.isTTY ? stream.columns : 0),
  }
}

/** The process's own terminal. */
export function processIo(colour: boolean | undefined): Io {
  return {
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    isInteractive: process.stdin.isTTY && process.stderr.isTTY,
    cwd: process.cwd(),
    colour,
    async readInput() {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks).toString('utf8')
    },
    askSecret,
    onInterrupt(listener) {
      process.on('SIGINT', listener)
      process.on('SIGTERM', listener)
      return () => {
        process.off('SIGINT', listener)
        process.off('SIGTERM', listener)
      }
    },
  }
}

async function askSecret(question: string): Promise<string> {
  process.stderr.write(question)
  // readline edits the line as usual, but what it would echo goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('SIGINT', () => reject(interrupted()))
      lines.once('close', () => reject(interrupted()))
      lines.question('', resolve)
    })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
