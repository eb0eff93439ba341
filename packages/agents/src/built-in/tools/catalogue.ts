/** All tools of the built-in agent, and the check of what a model writes as their input. */
import type { ModelTool } from '@sluice/llm/model'
import { z } from 'zod'
import { ToolError } from '../tool.ts'
import type { Tool, ToolContext, ToolOutcome } from '../tool.ts'
import { listFiles, search } from './explore.ts'
import { editFile, readFile, writeFile } from './files.ts'
import { runCommand } from './run-command.ts'
import { updatePlan } from './update-plan.ts'

/** A call whose input was checked; the tool and its input stay together. */
export interface PreparedCall {
  title: string
  input: unknown
  run: (context: ToolContext) => Promise<ToolOutcome>
}

interface CatalogueEntry {
  definition: ModelTool
  prepare: (json: string) => PreparedCall
}

function entryOf<Input>(tool: Tool<Input>): CatalogueEntry {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(tool.input, {
    target: 'draft-7',
    io: 'input',
  })
  return {
    definition: {
      type: 'function',
      name: tool.name,
      description: tool.description,
      inputSchema,
    },
    prepare(json) {
      const input = checkInput(tool, json)
      return { title: tool.title(input), input, run: (context) => tool.run(input, context) }
    },
  }
}

const entries = new Map<string, CatalogueEntry>(
  [
    entryOf(readFile),
    entryOf(writeFile),
    entryOf(editFile),
    entryOf(listFiles),
    entryOf(search),
    entryOf(runCommand),
    entryOf(updatePlan),
  ].map((entry) => [entry.definition.name, entry]),
)

/** The tools as a model is told about them. */
export const toolDefinitions: ModelTool[] = Array.from(
  entries.values(),
  (entry) => entry.definition,
)

/**
 * Checks a call as a model wrote it.
 * @throws ToolError with what is wrong, for the model to read
 */
export function prepareCall(name: string, json: string): PreparedCall {
  const entry = entries.get(name)
  if (entry === undefined) {
    throw new ToolError(
      `There is no tool "${name}". There are: ${[...entries.keys()].join(', ')}.`,
      `Unknown tool ${name}`,
    )
  }
  return entry.prepare(json)
}

function checkInput<Input>(tool: Tool<Input>, json: string): Input {
  let value: unknown
  try {
    value = JSON.parse(json.trim() === '' ? '{}' : json)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'cannot be parsed'
    throw new ToolError(
      `The input of ${tool.name} is not valid JSON: ${reason}. Send the call again.`,
      'Malformed input',
    )
  }
  const result = tool.input.safeParse(value)
  if (result.success) return result.data
  throw new ToolError(
    `The input of ${tool.name} is not right:\n${z.prettifyError(result.error)}\nSend the call again.`,
    'Malformed input',
  )
}
