import type { Command } from 'commander'
import type { Client } from '@sluice/sdk/client'
import { complete, type Candidate } from '../completion/complete.logic.ts'
import { grammarOf, type Place } from '../completion/grammar.ts'
import { completionScript, type Shell } from '../completion/scripts.ts'
import { chooseServer, connectWith, keyHeaders } from '../connect.ts'
import type { Context } from '../context.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { looksLikePath } from '../git-root.ts'
import { oneLine } from '../render/text.ts'
import { statusWords } from '../render/events.ts'

/** Somebody waits with a finger on the key. */
const answerWithinMs = 1500
const fromServer = 30

/** `sluice completion SHELL` */
export function writeScript(context: Context, shell: Shell): ExitCode {
  const main = process.argv[1]
  context.io.out.write(
    completionScript(shell, main === undefined ? ['sluice'] : [process.execPath, main]),
  )
  return exitCode.ok
}

/** `sluice completions -- WORD…`: candidates, one a line, for the scripts. */
export async function suggest(
  context: Context,
  program: Command,
  words: readonly string[],
): Promise<ExitCode> {
  const { candidates, place } = complete(grammarOf(program), words)
  const typed = words.at(-1) ?? ''
  const known = await ask(context, place, typed)
  const lines = [...candidates, ...known].map(
    ({ value, description }) => `${value}\t${oneLine(description)}\n`,
  )
  if (
    place.kind === 'folder' ||
    (place.kind === 'repo' && (known.length === 0 || looksLikePath(typed)))
  ) {
    lines.push(':folders\n')
  }
  context.io.out.write(lines.join(''))
  return exitCode.ok
}

/** What the server knows for a place. A server that is not there or refuses completes nothing: a shell has no room for errors. */
async function ask(context: Context, place: Place, typed: string): Promise<Candidate[]> {
  if (place.kind !== 'task' && place.kind !== 'session' && place.kind !== 'repo') return []
  if (place.kind === 'repo' && looksLikePath(typed)) return []
  try {
    const { url, key } = await chooseServer(context.environment, context.urlOption)
    using connection = connectWith(url, keyHeaders(key))
    const found = await listPlace(connection.client, place.kind)
    return found.filter(({ value }) => value.startsWith(typed))
  } catch {
    return []
  }
}

async function listPlace(client: Client, kind: 'task' | 'session' | 'repo'): Promise<Candidate[]> {
  const options = { context: { timeoutMs: answerWithinMs } }
  if (kind === 'task') {
    const { items } = await client.tasks.list({ limit: fromServer }, options)
    return items.map((task) => ({
      value: task.id,
      description: `${statusWords[task.status]} · ${task.prompt.slice(0, 80)}`,
    }))
  }
  if (kind === 'session') {
    const { items } = await client.sessions.list({ limit: fromServer }, options)
    return items.map(({ id, title }) => ({ value: id, description: title }))
  }
  const { items } = await client.repositories.list({ limit: 200 }, options)
  return items.map(({ name, path }) => ({ value: name, description: path }))
}
