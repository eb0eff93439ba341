/** The tool that shows people what the agent means to do and how far it is. */
import { z } from 'zod'
import { defineTool } from '../tool.ts'

export const updatePlan = defineTool({
  name: 'update_plan',
  description:
    'Shows a checklist of your steps to the people who watch. Use it for work of three steps or more, and keep it true: ' +
    'at most one item in_progress. Each call replaces the list.',
  input: z.object({
    items: z
      .array(
        z.object({
          text: z.string().min(1).max(300),
          status: z.enum(['pending', 'in_progress', 'completed']),
        }),
      )
      .min(1)
      .max(50),
  }),
  title: () => 'Update the plan',
  run(input, context) {
    context.onPlan(input.items)
    const done = input.items.filter((item) => item.status === 'completed').length
    return Promise.resolve({
      status: 'ok',
      output: 'Plan updated.',
      summary: `Plan · ${done} of ${input.items.length} done`,
    })
  },
})
