import { z } from 'zod'
import { RepositoryId } from '../ids.ts'
import { maxUsageDays, TimeZone, UsageSummary } from '../usage.ts'
import { operation } from './operation.ts'

const dayMs = 86_400_000

export const usage = {
  summary: operation('GET', '/usage', {
    summary: 'Cost and tokens by day, person, repository, model and session',
    tag: 'Usage',
    access: { role: 'viewer', scope: 'read' },
  })
    .input(
      z
        .object({
          from: z.iso.date().describe('The first day'),
          to: z.iso.date().describe('The last day'),
          timeZone: TimeZone.default('UTC').describe('In which days begin and end'),
          repositoryId: RepositoryId.optional(),
          personId: z.string().max(100).optional(),
          modelId: z.string().max(200).optional(),
        })
        .refine(({ from, to }) => from <= to, {
          path: ['to'],
          message: 'must not lie before the first day',
        })
        .refine(({ from, to }) => (Date.parse(to) - Date.parse(from)) / dayMs < maxUsageDays, {
          path: ['to'],
          message: `may lie at most ${maxUsageDays} days after the first`,
        }),
    )
    .output(UsageSummary),
}
