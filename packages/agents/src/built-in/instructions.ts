/** Reads the instructions that a repository gives to agents. */
import type { AgentDeps } from '../agent.ts'
import { cutMiddle } from '../cut-text.ts'
import type { InstructionFile } from './system-prompt.ts'

/** AGENTS.md (agents.md, the open form) first; CLAUDE.md is often a link to it or a line that includes it. */
const names = ['AGENTS.md', 'CLAUDE.md']
const maxChars = 32_000
const maxBytes = 1024 * 1024

/** The instruction files at the root; one that says the same as an earlier one is left out. */
export async function readInstructions(
  findFile: AgentDeps['findFile'],
  signal: AbortSignal,
): Promise<InstructionFile[]> {
  const found = await Promise.all(names.map((path) => findFile(path, { maxBytes, signal })))
  const files: InstructionFile[] = []
  for (const [index, path] of names.entries()) {
    const text = new TextDecoder().decode(found[index])
    if (text.trim() === '' || /^@AGENTS\.md\s*$/.test(text.trim())) continue
    const cut = cutMiddle(text, maxChars).text
    if (files.every((file) => file.text !== cut)) files.push({ path, text: cut })
  }
  return files
}
