import { z } from 'zod'

/** The topic on which a task's run waits for a person. */
export const decisionTopic = 'decision'

/** What a decision asks the waiting run to do. Sent in the transaction that changes the task. */
export const Decision = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('commit') }),
  z.object({ kind: z.literal('reject') }),
  z.object({ kind: z.literal('changes'), prompt: z.string() }),
  z.object({ kind: z.literal('gates') }),
  z.object({ kind: z.literal('continue') }),
])
export type Decision = z.infer<typeof Decision>
