/** The text that tells an agent which of the platform's gates its change failed. */
import { cutMiddle, plainText } from './cut-text.ts'

export interface FailedGate {
  name: string
  command: string
  /** Null where the gate was ended: by its time limit or because the sandbox failed. */
  exitCode: number | null
  output: string
  /** Where the gate's checkout lies, as its commands saw it; taken out of the output. */
  root?: string
}

/**
 * Builds the prompt of a fix round. Deterministic: the same failure gives the same text on
 * every machine, so no durations and no host paths.
 */
export function gateFeedback(gate: FailedGate): string {
  const plain = relativePaths(plainText(gate.output), gate.root)
  const { text, isCut } = cutMiddle(plain.trim(), 12_000)
  const ended =
    gate.exitCode === null
      ? 'did not end in its time limit'
      : `failed with exit code ${gate.exitCode}`
  const fence = fenceFor(text)
  return [
    `Gate "${gate.name}" ${ended}. It ran on a clean checkout of your change.`,
    `Command: ${gate.command}`,
    isCut ? 'Output (cut in the middle):' : 'Output:',
    `${fence}\n${text === '' ? '(none)' : text}\n${fence}`,
    'Find the cause, fix it, and do not weaken the check itself.',
  ].join('\n\n')
}

/**
 * Takes the absolute path of a checkout out of a text. What remains is valid from the
 * checkout's root: `/any/where/src/a.ts:3` becomes `./src/a.ts:3`.
 */
export function relativePaths(text: string, root: string | undefined): string {
  if (root === undefined || root === '' || root === '/') return text
  return text.replaceAll(root, '.')
}

/** A fence longer than any in the text, so that output cannot end it (CommonMark, 4.5). */
function fenceFor(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  return '`'.repeat(longest + 1)
}
