import { z } from 'zod'
import { RepositoryId, SessionId } from './ids.ts'
import { Timestamp } from './paging.ts'

/** What calls of models came to. */
export const UsageSum = z.object({
  calls: z.number().int(),
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  costMicros: z.number().int().describe('Of the calls whose price is known'),
  callsWithoutPrice: z.number().int().describe('Their cost is not known, and not 0'),
  durationMs: z.number().int().describe('Time that the models took'),
})
export type UsageSum = z.infer<typeof UsageSum>

export const UsageBudget = z.object({
  limitMicros: z.number().int().describe('Of the workspace for a month; 0 sets none'),
  spentMicros: z.number().int().describe('Of the calls whose price is known'),
  callsWithoutPrice: z.number().int().describe('No budget holds them'),
  since: Timestamp.describe('The first of this month, UTC'),
})
export type UsageBudget = z.infer<typeof UsageBudget>

export const UsageOfSession = UsageSum.extend({
  sessionId: SessionId,
  title: z.string(),
  repositoryName: z.string(),
})
export type UsageOfSession = z.infer<typeof UsageOfSession>

export const UsageSummary = z.object({
  totals: UsageSum,
  days: z.array(UsageSum.extend({ day: z.iso.date() })).describe('Every day of the range'),
  people: z.array(UsageSum.extend({ id: z.string(), name: z.string() })),
  repositories: z.array(
    UsageSum.extend({
      id: RepositoryId.nullable().describe('null for those that were removed, together'),
      name: z.string(),
    }),
  ),
  models: z.array(UsageSum.extend({ modelId: z.string() })),
  dearestSessions: z.array(UsageOfSession),
  slowestSessions: z.array(UsageOfSession),
  budget: UsageBudget,
})
export type UsageSummary = z.infer<typeof UsageSummary>

/** A name of the IANA time zone database that this machine knows. */
export const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be a time zone such as Europe/Vienna')

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

export const maxUsageDays = 366
