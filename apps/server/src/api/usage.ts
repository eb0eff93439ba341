import { summariseUsage } from '@sluice/core/usage'
import { scoped } from './operations.ts'

const { usage } = scoped

export const usageOperations = {
  summary: usage.summary.handler(({ context, input }) =>
    summariseUsage(context.server.core, context.scope, input),
  ),
}
