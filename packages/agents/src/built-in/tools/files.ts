/** The tools that read and change files. */
import { isSandboxError } from '@sluice/sandbox/sandbox'
import { z } from 'zod'
import { defineTool, ToolError } from '../tool.ts'
import type { ToolContext } from '../tool.ts'
import { applyEdit, changeText, lineChange } from './edit-text.ts'

const maxReadLines = 2000
const maxLineChars = 2000
const maxReadChars = 60_000
const maxFileBytes = 4 * 1024 * 1024

const path = z
  .string()
  .min(1)
  .max(4096)
  .describe('Path from the root of the repository, such as src/index.ts')

export const readFile = defineTool({
  name: 'read_file',
  description:
    'Reads a text file. Lines come numbered, "<number><tab><line>"; the numbers are not part of the file. ' +
    `At most ${maxReadLines} lines at a time: use from_line to read on.`,
  input: z.object({
    path,
    from_line: z.int().min(1).optional().describe('First line, counted from 1'),
    line_count: z.int().min(1).max(maxReadLines).optional(),
  }),
  title: (input) => `Read ${input.path}`,
  async run(input, context) {
    const text = await readText(context, input.path)
    if (text === '')
      return { status: 'ok', output: '(the file is empty)', summary: `Read ${input.path} · empty` }
    const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
    const from = input.from_line ?? 1
    if (from > lines.length) throw new ToolError(`${input.path} has only ${lines.length} lines.`)
    const wanted = lines.slice(from - 1, from - 1 + (input.line_count ?? maxReadLines))
    const shown: string[] = []
    let chars = 0
    for (const [index, line] of wanted.entries()) {
      const cut = line.length > maxLineChars ? `${line.slice(0, maxLineChars)} [… line cut]` : line
      chars += cut.length + 8
      if (chars > maxReadChars && shown.length > 0) break
      shown.push(`${from + index}\t${cut}`)
    }
    const last = from + shown.length - 1
    const more =
      last < lines.length
        ? `\n[lines ${from} to ${last} of ${lines.length}; read on with from_line ${last + 1}]`
        : ''
    const range =
      from === 1 && last === lines.length
        ? `${lines.length} lines`
        : `lines ${from}–${last} of ${lines.length}`
    return {
      status: 'ok',
      output: shown.join('\n') + more,
      summary: `Read ${input.path} · ${range}`,
    }
  },
})

export const writeFile = defineTool({
  name: 'write_file',
  description:
    'Makes a file, or replaces it whole; missing folders are made. To change a part of a file use edit_file.',
  input: z.object({ path, content: z.string().max(2_000_000) }),
  title: (input) => `Write ${input.path}`,
  async run(input, context) {
    const before = await findText(context, input.path)
    await context.sandbox.writeFile(input.path, input.content, { signal: context.signal })
    const change = changeText(lineChange(before ?? '', input.content))
    // After a crash the file can be there by this very call: what the model reads must not
    // depend on that, so it does not say whether the file was new.
    return {
      status: 'ok',
      output: `Wrote ${input.path}.`,
      summary: `Wrote ${input.path} ${change}`,
    }
  },
})

export const editFile = defineTool({
  name: 'edit_file',
  description:
    'Replaces an exact piece of text in a file. old_text must match the file character for character, ' +
    'whitespace included and without line numbers, and occur once unless replace_all is set.',
  input: z.object({
    path,
    old_text: z.string(),
    new_text: z.string(),
    replace_all: z.boolean().optional(),
  }),
  title: (input) => `Edit ${input.path}`,
  async run(input, context) {
    const before = await readText(context, input.path)
    const edit = {
      oldText: input.old_text,
      newText: input.new_text,
      replaceAll: input.replace_all ?? false,
    }
    const { text, replacements } = applyEdit(before, edit, context.attempt > 1)
    if (replacements > 0)
      await context.sandbox.writeFile(input.path, text, { signal: context.signal })
    const change =
      replacements > 0
        ? changeText(lineChange(before, text))
        : `${changeText(lineChange(edit.oldText, edit.newText))} (already there)`
    return {
      status: 'ok',
      output: `Edited ${input.path}.`,
      summary: `Edited ${input.path} ${change}`,
    }
  },
})

async function findText(context: ToolContext, file: string): Promise<string | undefined> {
  try {
    return await readText(context, file)
  } catch (error) {
    if (isSandboxError(error, 'not_found') || error instanceof ToolError) return undefined
    throw error
  }
}

/** Text of a file; bytes that are no UTF-8 would not survive an edit, so such a file is refused. */
async function readText({ sandbox, signal }: ToolContext, file: string): Promise<string> {
  const bytes = await sandbox.readFile(file, { signal, maxBytes: maxFileBytes })
  const binary = () =>
    new ToolError(
      `${file} is a binary file (${bytes.byteLength} bytes) or not UTF-8; it cannot be read as text.`,
    )
  if (bytes.subarray(0, 8192).includes(0)) throw binary()
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw binary()
  }
}
