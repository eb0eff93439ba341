import { join } from 'node:path'
import type { Repository } from '@sluice/contract/repository'
import type { Task } from '@sluice/contract/task'
import type { Client } from '@sluice/sdk/client'
import { startScriptedProvider, type ScriptedProvider } from '@sluice/testing/scripted-provider'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { readStream, untilEvent, untilTask } from './testing/follow.ts'
import { momentsOf, openKillPoints, type KillPoint } from './testing/kill-points.ts'
import { expectNothingLeft, processesNaming } from './testing/leftovers.ts'
import { createInstallation, type Installation } from './testing/server-process.ts'
import { expectLife, expectStepsOnce, lifeOf, stepsOf } from './testing/task-life.ts'
import { calls, commitAll, draftedMessage, git, writeFiles, writes } from './testing/workbench.ts'

let installation: Installation
let provider: ScriptedProvider
let repository: Repository

beforeAll(async () => {
  // By what the conversation ends with, so that a turn that is asked for again is answered again.
  provider = await startScriptedProvider(({ body }) => {
    if (!Array.isArray(body['tools']) || body['tools'].length === 0) return { text: draftedMessage }
    const messages = body['messages'] as unknown[]
    if (JSON.stringify(messages.at(-1)).includes('tool_result')) return { text: 'Done.' }
    return JSON.stringify(messages).includes('tool_result')
      ? writes('a.txt', 'right\n')
      : calls(
          ['write_file', { path: 'a.txt', content: 'wrong\n' }],
          ['run_command', { command: 'cat a.txt' }],
        )
  })
  installation = await createInstallation()
}, 60_000)
afterAll(async () => {
  await installation[Symbol.asyncDispose]()
  await provider.close()
}, 60_000)

/** A repository whose first gate is red for the model's first change, so that the second is left out, and green for the one it then makes. */
async function addRepository(client: Client): Promise<Repository> {
  const path = join(installation.machine.work, 'repository')
  await writeFiles(path, { 'a.txt': 'first\n' })
  git(path, 'init', '--quiet', '--initial-branch=main')
  commitAll(path, 'First')
  const added = await client.repositories.add({ path })
  for (const [name, command] of [
    ['right', 'grep right a.txt'],
    ['there', 'test -f a.txt'],
  ] as const) {
    await client.gates.create({
      repositoryId: added.id,
      name,
      command,
      timeoutSeconds: 60,
      isBlocking: true,
      isEnabled: true,
    })
  }
  return added
}

async function begin(client: Client, title: string): Promise<Task> {
  const { task } = await client.sessions.create({
    repositoryId: repository.id,
    prompt: 'Make it right',
    title,
    mode: 'isolated',
    modelId: 'claude-sonnet-4-5',
  })
  return task
}

const approve = (client: Client, task: Task) =>
  client.tasks.approve({ taskId: task.id, treeId: task.change!.treeId })

async function finish(client: Client, { id, sessionId }: Task): Promise<Task> {
  const task = await untilTask(client, { id, sessionId }, [
    'waiting_approval',
    'approved',
    'completed',
  ])
  if (task.status === 'waiting_approval') await approve(client, task)
  const completed = await untilTask(client, { id, sessionId }, ['completed'])
  await untilEvent(client, `run:${completed.runId}`, (event) =>
    event.type === 'run.changed' && event.payload.status === 'completed' ? true : undefined,
  )
  return completed
}

async function expectWhole(client: Client, task: Task, life: readonly string[]): Promise<void> {
  await expectLife(client, task, life)
  await expectStepsOnce(client, task.runId!)
  expect((await client.runs.get({ runId: task.runId! })).status).toBe('completed')
  const branch = `refs/heads/${task.branch}`
  const [commit, parent, tree, main] = git(
    repository.path,
    ...['rev-parse', branch, `${branch}^`, `${branch}^{tree}`, 'main'],
  ).split('\n')
  expect(commit).toBe(task.commit)
  expect(parent).toBe(main)
  expect(tree).toBe(task.change!.treeId)
}

/** A step is begun again where its work was done and not recorded, and only there: else the kill struck elsewhere. */
async function expectStruck(
  client: Client,
  runId: string,
  point: KillPoint,
  isWait: boolean,
): Promise<void> {
  const began = (await readStream(client, `run:${runId}`)).filter(
    ({ type, payload }) =>
      type === 'step.started' && 'position' in payload && payload.position === point.position,
  )
  if (isWait) expect(began).toHaveLength(0)
  else expect(began).toHaveLength(point.moment === 'unrecorded' ? 2 : 1)
}

const perLife = 20

test(
  'a task survives kill -9 of the server before, in and after every step',
  { timeout: 1_500_000 },
  async () => {
    const variables = { ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: provider.url }
    let server = await installation.start(variables)
    onTestFailed(() => console.error(server.errors()))
    await server.client.settings.update({ concurrentTasks: 30 })
    repository = await addRepository(server.client)
    const reference = await finish(server.client, await begin(server.client, 'Undisturbed'))
    const life = lifeOf(await readStream(server.client, `session:${reference.sessionId}`))
    expect(life.filter((line) => line.startsWith('task ')).map((line) => line.slice(5))).toEqual([
      ...['pre_flight', 'running', 'waiting_qa', 'qa_running'],
      ...['running', 'waiting_qa', 'qa_running', 'qa_running'],
      ...['waiting_approval', 'approved', 'completed'],
    ])
    const steps = await stepsOf(installation, reference.runId!)
    const wait = steps.find(({ kind }) => kind === 'wait')!.position
    // Spread over the whole run, so that each life is killed in all its parts at once.
    const wanted = steps.flatMap((step) => momentsOf(step).map((moment) => ({ moment, step })))
    const lives = Math.ceil(wanted.length / perLife)
    const killed: Task[] = []
    await using points = await openKillPoints(installation.database.url)
    for (let number = 0; number < lives; number += 1) {
      const mine = wanted.filter((_, index) => index % lives === number)
      const armed: KillPoint[] = mine.map(({ moment, step }) => ({
        title: `Killed ${moment} ${step.position} ${step.name}`,
        kind: 'task',
        moment,
        position: step.position,
        functionId: step.function_id,
      }))
      await points.arm(armed)
      const before = await Promise.all(
        armed.map(async (point) => ({ point, task: await begin(server.client, point.title) })),
      )
      await Promise.all(
        before.map(async ({ point, task }) => {
          if (point.position < wait) return
          await approve(server.client, await untilTask(server.client, task, ['waiting_approval']))
        }),
      )
      await points.reached(60_000)
      await server.kill()
      await points.disarm()
      server = await installation.start(variables)
      const { client } = server
      await Promise.all(
        before.map(async ({ point, task }) => {
          const ended = await finish(client, task)
          await expectWhole(client, ended, life)
          await expectStruck(client, ended.runId!, point, point.position === wait)
          killed.push(ended)
        }),
      )
    }
    expect(killed.length).toBe(wanted.length)
    expect(killed.length).toBeGreaterThanOrEqual(60)
    await expectNothingLeft(installation, server.client, [reference, ...killed])
    expect(await server.stop()).toBe(0)
    expect(await processesNaming(installation.machine.data)).toEqual([])
  },
)
