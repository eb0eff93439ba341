import type { TaskId } from '@sluice/contract/ids'

/**
 * The message of a commit with trailers that name the agent and the task (the format of
 * git-interpret-trailers): a message that ends in trailers of its own is continued.
 */
export function commitMessage(
  message: string,
  { taskId, modelId }: { taskId: TaskId; modelId: string },
): string {
  const text = message.replaceAll('\r\n', '\n').replaceAll('\0', '').trim()
  const lastParagraph = text.split(/\n{2,}/).at(-1) ?? ''
  const endsInTrailers =
    text.includes('\n\n') &&
    lastParagraph.split('\n').every((line) => /^[A-Za-z][A-Za-z-]*: \S/.test(line))
  const model = modelId.replaceAll(/[\n\r]/g, ' ')
  return `${text}${endsInTrailers ? '\n' : '\n\n'}Assisted-by: Sluice built-in agent (${model})\nSluice-Task: ${taskId}\n`
}
