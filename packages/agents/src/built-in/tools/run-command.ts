/** The tool that runs a command in the sandbox. */
import { z } from 'zod'
import { cutMiddle, plainText } from '../../cut-text.ts'
import { relativePaths } from '../../gate-feedback.ts'
import { defineTool } from '../tool.ts'

/** What the model reads of an output at most; the whole is kept as an artifact. */
const maxOutputChars = 30_000
const defaultTimeoutSeconds = 120

export const runCommand = defineTool({
  name: 'run_command',
  description:
    'Runs a shell command in the root of the repository, in a sandbox that commonly has no network. Nothing is kept ' +
    'running: what a command leaves behind is ended with it. Long output is cut in the middle.',
  input: z.object({
    command: z.string().min(1).max(20_000),
    timeout_seconds: z
      .int()
      .min(1)
      .max(1800)
      .optional()
      .describe(`Default ${defaultTimeoutSeconds}`),
  }),
  title: (input) => `Run ${oneLine(input.command)}`,
  async run(input, context) {
    const seconds = input.timeout_seconds ?? defaultTimeoutSeconds
    const artifact = await context.openArtifact(oneLine(input.command))
    let isKept = false
    try {
      const result = await context.sandbox.exec(
        { shell: input.command },
        {
          timeoutMs: Math.min(seconds * 1000, context.remainingMs),
          signal: context.signal,
          onOutput: (chunk) => context.onOutput(chunk.text),
          outputFile: artifact.hostPath,
          maxOutputBytes: 4 * maxOutputChars,
          env: { CI: '1', NO_COLOR: '1', FORCE_COLOR: '0', GIT_PAGER: 'cat', PAGER: 'cat' },
        },
      )
      context.signal.throwIfAborted()
      const plain = relativePaths(plainText(result.output), context.sandbox.root).trim()
      const { text, isCut } = cutMiddle(plain, maxOutputChars)
      isKept = isCut || result.truncated
      const artifactId = isKept ? await artifact.keep({ sizeBytes: result.outputBytes }) : undefined
      const ended = result.timedOut
        ? `ended after its time limit of ${seconds} s`
        : result.outOfMemory
          ? `ended for using too much memory (exit code ${result.exitCode ?? 137})`
          : `exit code ${result.exitCode ?? 'unknown'}`
      // Said to the model because a command, unlike an edit, may have worked twice.
      const again =
        context.attempt > 1 ? '[Sluice restarted during this command, so it was run again.]\n' : ''
      const short = result.timedOut
        ? 'timed out'
        : result.outOfMemory
          ? 'out of memory'
          : `exit ${result.exitCode ?? '?'}`
      return {
        status: result.exitCode === 0 ? 'ok' : 'error',
        output: `${again}[${ended}]\n${text === '' ? '(no output)' : text}`,
        summary: `Ran ${oneLine(input.command)} · ${short} · ${durationText(result.durationMs)}`,
        exitCode: result.exitCode,
        ...(artifactId === undefined ? {} : { artifactId }),
      }
    } finally {
      if (!isKept) await artifact.discard()
    }
  },
})

function oneLine(command: string): string {
  const line = command.replace(/\s+/g, ' ').trim()
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}

/** `8.2 s`, `1 min 20 s`. */
export function durationText(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}
