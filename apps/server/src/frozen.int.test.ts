import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startScriptedProvider, type ScriptedProvider } from '@sluice/testing/scripted-provider'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { readStream, untilTask } from './testing/follow.ts'
import { createInstallation, type Installation, type ServerLife } from './testing/server-process.ts'
import { expectLife, lifeOf } from './testing/task-life.ts'
import { commitAll, git, writeFiles, writes } from './testing/workbench.ts'

const frozenMs = 10_000

let provider: ScriptedProvider
let installation: Installation
let server: ServerLife
/** Settles when the agent may be answered. */
let gate = Promise.resolve()

beforeAll(async () => {
  provider = await startScriptedProvider(({ body }) => {
    const last = JSON.stringify((body['messages'] as unknown[] | undefined)?.at(-1) ?? '')
    if (!Array.isArray(body['tools']) || body['tools'].length === 0) return { text: 'Change a.txt' }
    return last.includes('tool_result')
      ? { text: 'Done.' }
      : { ...writes('a.txt', 'changed\n'), before: gate }
  })
  installation = await createInstallation()
  server = await installation.start({
    // A Postgres of its own: the one that the tests share must not stand still.
    DATABASE_URL: undefined,
    ANTHROPIC_API_KEY: 'test-key',
    ANTHROPIC_BASE_URL: provider.url,
  })
}, 60_000)
afterAll(async () => {
  await server.stop()
  await installation[Symbol.asyncDispose]()
  await provider.close()
})

/** The processes of the Postgres that this server brought: the one with its folder, and its children. */
async function postgresProcesses(): Promise<number[]> {
  const lines = (
    await readFile(join(installation.machine.data, 'postgres/data/postmaster.pid'), 'utf8')
  ).split('\n')
  const postmaster = Number(lines[0])
  const found = [postmaster]
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // It may end while it is looked at.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === postmaster)
      found.push(Number(pid))
  }
  return found
}

/** Signals each process that is still there: a child of Postgres may have ended since they were listed. */
function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

test('a Postgres that stands still for ten seconds costs time and nothing else', async (context) => {
  context.skip(process.platform !== 'linux', 'processes are found by /proc, which only Linux has')
  const { client, url } = server
  onTestFailed(() => console.error(server.errors()))
  const path = join(installation.machine.work, 'repository')
  await writeFiles(path, { 'a.txt': 'first\n' })
  git(path, 'init', '--quiet', '--initial-branch=main')
  commitAll(path, 'First')
  const repository = await client.repositories.add({ path })
  const start = () =>
    client.sessions.create({
      repositoryId: repository.id,
      prompt: 'Change it',
      mode: 'isolated',
      modelId: 'claude-sonnet-4-5',
    })
  const undisturbed = await untilTask(client, (await start()).task, ['waiting_approval'])
  const life = lifeOf(await readStream(client, `session:${undisturbed.sessionId}`))

  const { promise, resolve: answerAgent } = Promise.withResolvers<void>()
  gate = promise
  const asked = provider.requests.length
  const { task } = await start()
  await expect.poll(() => provider.requests.length).toBeGreaterThan(asked)
  const frozen = await postgresProcesses()
  expect(frozen.length).toBeGreaterThan(3)
  signalAll(frozen, 'SIGSTOP')
  try {
    // The model answers into the freeze, and people go on asking.
    answerAgent()
    const answers = Array.from({ length: 30 }, () =>
      fetch(`${url}/api/tasks/${task.id}`, { headers: installation.headers }),
    )
    const since = Date.now()
    do expect((await fetch(`${url}/healthz`)).status).toBe(200)
    while (Date.now() - since < frozenMs)
    signalAll(frozen, 'SIGCONT')
    for (const answer of await Promise.all(answers)) expect([200, 503]).toContain(answer.status)
  } finally {
    signalAll(frozen, 'SIGCONT')
  }
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200)
  const reviewed = await untilTask(client, task, ['waiting_approval'])
  await expectLife(client, reviewed, life)
  await client.tasks.approve({ taskId: task.id, treeId: reviewed.change!.treeId })
  const done = await untilTask(client, task, ['completed'])
  expect(git(path, 'rev-parse', `${done.branch}^{tree}`)).toBe(reviewed.change!.treeId)
})
