import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Task } from '@sluice/contract/task'
import type { Client } from '@sluice/sdk/client'
import { expect } from 'vitest'
import type { Installation } from './server-process.ts'

/** Command lines of processes in which a folder is named, as an argument or as their working folder's mount. */
export async function processesNaming(text: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // It may end while it is looked at.
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command.includes(text)) found.push(`${pid} ${command.replaceAll('\0', ' ').slice(0, 200)}`)
  }
  return found
}

/** Mounts at or below a folder. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  return lines
    .map((line) => line.split(' ')[4] ?? '')
    .filter((target) => target === folder || target.startsWith(`${folder}/`))
}

/** What lies in the folders that sessions and gates work in. */
export async function workingTrees(dataFolder: string): Promise<string[]> {
  const lists = await Promise.all(
    ['sessions', 'gates', 'sandboxes/sandboxes', 'worktrees'].map(async (name) =>
      (await readdir(join(dataFolder, name)).catch(() => [])).map((entry) => `${name}/${entry}`),
    ),
  )
  return lists.flat()
}

/** Completes the sessions of the tasks, waits until every run has come to its end, and expects nothing left on disk. */
export async function expectNothingLeft(
  { machine, database }: Installation,
  client: Client,
  tasks: readonly Pick<Task, 'sessionId'>[],
): Promise<void> {
  for (const { sessionId } of tasks) await client.sessions.complete({ sessionId })
  await expect
    .poll(
      () =>
        database.db.querySystem(
          `select kind, status, waiting_on, cancel_reason, crashes, error_code, error_message
           from runs where status in ('queued', 'running', 'waiting', 'dead')`,
        ),
      { timeout: 60_000 },
    )
    .toEqual([])
  expect(await workingTrees(machine.data)).toEqual([])
  expect(await mountsBelow(machine.data)).toEqual([])
}
