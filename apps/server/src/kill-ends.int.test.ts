import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from '@sluice/contract/repository'
import type { Task } from '@sluice/contract/task'
import type { Client } from '@sluice/sdk/client'
import { startScriptedProvider, type ScriptedProvider } from '@sluice/testing/scripted-provider'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { readStream, untilEvent, untilTask } from './testing/follow.ts'
import { momentsOf, openKillPoints, type KillPoint } from './testing/kill-points.ts'
import { expectNothingLeft, processesNaming } from './testing/leftovers.ts'
import { picture } from './testing/picture.ts'
import { createInstallation, type Installation } from './testing/server-process.ts'
import { expectLife, expectStepsOnce, lifeOf, runsOf, stepsOf } from './testing/task-life.ts'
import { commitAll, draftedMessage, git, writeFiles, writes } from './testing/workbench.ts'

/**
 * `kill.int.test.ts` kills on the way to a commit on a branch of its own; here the server is killed on every other way
 * on which a task ends, and on what follows a commit.
 */
let installation: Installation
let provider: ScriptedProvider

beforeAll(async () => {
  provider = await startScriptedProvider(({ body, bodyText }) => {
    if (!Array.isArray(body['tools']) || body['tools'].length === 0) return { text: draftedMessage }
    // By what the conversation ends with, so that a turn that is asked for again is answered again.
    const last = JSON.stringify((body['messages'] as unknown[]).at(-1))
    if (last.includes('tool_result')) return { text: 'Done.' }
    if (last.includes('Sleep'))
      return {
        text: 'Working.',
        toolCalls: [{ name: 'run_command', input: { command: 'sleep 600' } }],
      }
    if (last.includes('Let the gate wait')) return writes('a.txt', 'waits\n')
    return writes('a.txt', bodyText.includes('Once more') ? 'again\n' : 'changed\n')
  })
  installation = await createInstallation()
}, 60_000)
afterAll(async () => {
  await installation[Symbol.asyncDispose]()
  await provider.close()
}, 60_000)

/** What is killed at: a session of its own on a repository of its own. */
interface Scene {
  title: string
  repository: Repository
  /** The checkout and its git folder before anything was done. */
  before: Record<string, string>
  begin(client: Client, prompt?: string): Promise<Task>
}

interface Ending {
  name: string
  mode: 'isolated' | 'in_place'
  /** The kind of run that carries what is killed. */
  kind: 'task' | 'task.cleanup' | 'task.land'
  /** Undisturbed, before the kill points are armed. */
  prepare?: (client: Client, scene: Scene) => Promise<Task>
  /** What is disturbed; `past`: the point lies behind the decision of a person. */
  act: (client: Client, scene: Scene, task: Task | undefined, past: boolean) => Promise<Task>
  /** Afterwards, and after a restart: on to the end. */
  finish: (client: Client, task: Task) => Promise<Task>
  check: (scene: Scene, task: Task) => void
}

const untilReview = (client: Client, task: Task) => untilTask(client, task, ['waiting_approval'])
const approve = (client: Client, { id: taskId, change }: Task) =>
  client.tasks.approve({ taskId, treeId: change!.treeId })

/** The files are put back and let go of. */
async function untilReleased(client: Client, task: Task): Promise<Task> {
  await untilEvent(client, `session:${task.sessionId}`, (event) =>
    event.type === 'task.changed' &&
    ['rejected', 'cancelled'].includes(event.payload.status) &&
    event.payload.detail === ''
      ? true
      : undefined,
  )
  return client.tasks.get({ taskId: task.id })
}

async function untilLanded(client: Client, task: Task, line: string): Promise<Task> {
  await untilEvent(client, `session:${task.sessionId}`, (event) =>
    lifeOf([event]).includes(line) ? true : undefined,
  )
  return client.tasks.get({ taskId: task.id })
}

const reviewed = async (client: Client, scene: Scene) =>
  untilReview(client, await scene.begin(client))

async function committed(client: Client, scene: Scene): Promise<Task> {
  const task = await reviewed(client, scene)
  await approve(client, task)
  const done = await untilTask(client, task, ['completed'])
  // What follows a commit stands in the log in one order then.
  await untilQuiet(done)
  return done
}

async function rejected(client: Client, scene: Scene): Promise<Task> {
  const task = await reviewed(client, scene)
  await client.tasks.reject({ taskId: task.id, reason: 'No.' })
  return untilReleased(client, task)
}

const expectAsBefore = ({ repository, before }: Scene) =>
  expect(picture(repository.path)).toEqual(before)
const log = ({ repository }: Scene, branch: string) =>
  git(repository.path, 'log', '--format=%H', branch).split('\n')

const rejecting = (mode: Ending['mode']): Ending => ({
  name: `rejected, ${mode}`,
  mode,
  kind: 'task',
  prepare: reviewed,
  act: (client, _, task) => client.tasks.reject({ taskId: task!.id, reason: 'No.' }),
  finish: untilReleased,
  check: expectAsBefore,
})
const cancelling = (mode: Ending['mode'], prepare: Ending['prepare'], at: string): Ending => ({
  name: `cancelled ${at}, ${mode}`,
  mode,
  kind: 'task.cleanup',
  prepare,
  act: (client, _, task) => client.tasks.cancel({ taskId: task!.id }),
  finish: untilReleased,
  check: expectAsBefore,
})

async function atWork(client: Client, scene: Scene): Promise<Task> {
  const task = await scene.begin(client, 'Sleep')
  await untilEvent(client, `session:${task.sessionId}`, (event) =>
    event.type === 'tool.started' ? true : undefined,
  )
  return task
}

async function atGates(client: Client, scene: Scene): Promise<Task> {
  const task = await scene.begin(client, 'Let the gate wait')
  await untilEvent(client, `session:${task.sessionId}`, (event) =>
    event.type === 'gate.started' ? true : undefined,
  )
  return task
}

const endings: Ending[] = [
  {
    name: 'committed, in place',
    mode: 'in_place',
    kind: 'task',
    async act(client, scene, _, past) {
      const task = await scene.begin(client)
      if (past) await approve(client, await untilReview(client, task))
      return task
    },
    async finish(client, task) {
      const now = await untilTask(client, task, ['waiting_approval', 'approved', 'completed'])
      if (now.status === 'waiting_approval') await approve(client, now)
      return untilTask(client, task, ['completed'])
    },
    check(scene, task) {
      const { path } = scene.repository
      expect(log(scene, 'main')).toHaveLength(2)
      expect(git(path, 'rev-parse', 'main')).toBe(task.commit)
      expect(git(path, 'rev-parse', 'main^{tree}')).toBe(task.change!.treeId)
      // The user's own: one edited, one staged, one never added.
      expect(git(path, 'diff', '--name-only')).toBe('edited.txt')
      expect(git(path, 'diff', '--cached', '--name-only')).toBe('staged.txt')
      expect(git(path, 'ls-files', '--others', '--exclude-standard')).toBe('loose.txt')
    },
  },
  rejecting('in_place'),
  rejecting('isolated'),
  cancelling('isolated', reviewed, 'under review'),
  cancelling('in_place', reviewed, 'under review'),
  cancelling('isolated', atWork, 'at work'),
  cancelling('in_place', atWork, 'at work'),
  cancelling('isolated', atGates, 'at its gates'),
  cancelling('in_place', atGates, 'at its gates'),
  {
    name: 'rejection undone',
    mode: 'isolated',
    kind: 'task',
    prepare: rejected,
    act: (client, _, task) => client.tasks.undoReject({ taskId: task!.id }),
    finish: untilReview,
    check: expectAsBefore,
  },
  {
    name: 'changes asked for',
    mode: 'isolated',
    kind: 'task',
    prepare: reviewed,
    act: (client, _, task) => client.tasks.requestChanges({ taskId: task!.id, text: 'Once more' }),
    finish: untilReview,
    check: expectAsBefore,
  },
  {
    name: 'merged',
    mode: 'isolated',
    kind: 'task.land',
    prepare: committed,
    act: (client, _, task) => client.tasks.merge({ taskId: task!.id }),
    finish: (client, task) => untilLanded(client, task, 'merge merged, push none'),
    check(scene, task) {
      expect(log(scene, 'main')).toHaveLength(2)
      expect(git(scene.repository.path, 'rev-parse', 'main')).toBe(task.commit)
    },
  },
  {
    name: 'pushed',
    mode: 'isolated',
    kind: 'task.land',
    prepare: committed,
    act: (client, _, task) => client.tasks.push({ taskId: task!.id }),
    finish: (client, task) => untilLanded(client, task, 'merge none, push pushed'),
    check: (scene, task) =>
      expect(git(scene.repository.path, 'ls-remote', 'origin', task.branch!)).toContain(
        task.commit,
      ),
  },
  {
    name: 'reverted',
    mode: 'isolated',
    kind: 'task.land',
    prepare: committed,
    act: (client, _, task) => client.tasks.revert({ taskId: task!.id }),
    finish: (client, task) => untilLanded(client, task, 'merge none, push none'),
    check(scene, task) {
      expect(log(scene, task.branch!)).toHaveLength(3)
      expect(git(scene.repository.path, 'rev-parse', `${task.branch!}^{tree}`)).toBe(
        git(scene.repository.path, 'rev-parse', 'main^{tree}'),
      )
    },
  },
]

let scenes = 0
/** A checkout in which a person is at work, and a remote. */
async function setScene(client: Client, title: string, mode: Ending['mode']): Promise<Scene> {
  const path = join(installation.machine.work, `repository-${++scenes}`)
  await writeFiles(path, { 'a.txt': 'first\n', 'edited.txt': 'e\n', '.gitignore': '*.log\n' })
  git(path, 'init', '--quiet', '--initial-branch=main')
  commitAll(path, 'First')
  const remote = `${path}.git`
  mkdirSync(remote)
  execFileSync('git', ['-C', remote, 'init', '--quiet', '--bare'])
  git(path, 'remote', 'add', 'origin', remote)
  await writeFiles(path, { 'staged.txt': 's\n' })
  git(path, 'add', 'staged.txt')
  await writeFiles(path, { 'edited.txt': 'E\n', 'loose.txt': 'l\n', 'ignored.log': 'i\n' })
  writeFileSync(join(path, 'run.sh.log'), '#!/bin/sh\n', { mode: 0o755 })
  const repository = await client.repositories.add({ path })
  for (const gate of (await client.gates.list({ repositoryId: repository.id })).items)
    await client.gates.remove({ gateId: gate.id })
  await client.gates.create({
    repositoryId: repository.id,
    name: 'fine',
    command: 'if grep waits a.txt; then sleep 600; fi',
    timeoutSeconds: 60,
    isBlocking: true,
    isEnabled: true,
  })
  return {
    title,
    repository,
    before: picture(path),
    async begin(on, prompt = 'Change it') {
      const { task } = await on.sessions.create({
        repositoryId: repository.id,
        prompt,
        title,
        mode,
        modelId: 'claude-sonnet-4-5',
      })
      return task
    },
  }
}

/** How an ending goes when nothing disturbs it: its life, and the steps to be killed at. */
async function learn(client: Client, ending: Ending) {
  const scene = await setScene(client, `Undisturbed: ${ending.name}`, ending.mode)
  const prepared = await ending.prepare?.(client, scene)
  // Shown for review a moment before its run waits: only then is it known which step the decision ends.
  if (prepared !== undefined && ending.kind === 'task') await untilQuiet(prepared)
  const runsBefore = prepared === undefined ? [] : await runsOf(installation, prepared.id)
  const latest = runsBefore.findLast(({ kind }) => kind === ending.kind)
  const begun = latest === undefined ? [] : await stepsOf(installation, latest.id)
  const task = await ending.finish(client, await ending.act(client, scene, prepared, true))
  await untilQuiet(task)
  ending.check(scene, task)
  const runs = await runsOf(installation, task.id)
  const carrier = runs.findLast(({ kind }) => kind === ending.kind)!
  // The same run as before the act waits at its last step; another one begins anew.
  const from = carrier.id === latest?.id ? begun.at(-1)!.position : 1
  // What the other test kills a task at: gates run beside the files in either mode, the agent works on them.
  const known = ending.mode === 'isolated' ? /^(agent: |plan gates|gate )/ : /^(plan gates|gate )/
  // Where an ending waits for a person again, nobody ends that wait.
  const steps = (await stepsOf(installation, carrier.id, from)).filter(
    ({ status, name }) => status === 'completed' && !known.test(name),
  )
  const life = lifeOf(await readStream(client, `session:${task.sessionId}`))
  const decision = steps.find(({ kind }) => kind === 'wait')?.position ?? Number.POSITIVE_INFINITY
  return { ending, scene, task, life, steps, decision }
}

/** Every run of a task has ended, or waits for a person. */
async function untilQuiet(task: Task): Promise<void> {
  await expect
    .poll(
      async () =>
        (await runsOf(installation, task.id)).filter(({ status }) =>
          ['queued', 'running'].includes(status),
        ),
      { timeout: 60_000 },
    )
    .toEqual([])
}

const perLife = 24

test(
  'every other way to end a task, and what follows a commit, survive kill -9 of the server at every step',
  { timeout: 1_500_000 },
  async () => {
    const variables = { ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: provider.url }
    let server = await installation.start(variables)
    onTestFailed(() => console.error(server.errors()))
    await server.client.settings.update({ concurrentTasks: 30 })
    const learned = await Promise.all(endings.map((ending) => learn(server.client, ending)))
    // What an ending has of its own is what happens when a step's work is done twice; that a step which was not begun
    // is begun, and that none is noted twice, is the engine's, and the other test has it at every step of a task.
    const wanted = learned.flatMap((known) =>
      known.steps.flatMap((step, index) =>
        (index === 0 ? momentsOf(step) : (['unrecorded'] as const)).map((moment) => ({
          known,
          step,
          moment,
        })),
      ),
    )
    // Spread over all endings, so that each life is killed in every part of each.
    const lives = Math.ceil(wanted.length / perLife)
    const killed: Task[] = []
    await using points = await openKillPoints(installation.database.url)
    for (let number = 0; number < lives; number += 1) {
      const mine = wanted.filter((_, index) => index % lives === number)
      const staged = await Promise.all(
        mine.map(async ({ known, step, moment }) => {
          const { ending } = known
          const title = `${ending.name}: killed ${moment} ${step.position} ${step.name}`
          const scene = await setScene(server.client, title, ending.mode)
          const prepared = await ending.prepare?.(server.client, scene)
          const point: KillPoint = {
            title,
            kind: ending.kind,
            moment,
            position: step.position,
            functionId: step.function_id,
          }
          return { known, scene, prepared, point }
        }),
      )
      await points.arm(staged.map(({ point }) => point))
      const acted = await Promise.all(
        staged.map(async ({ known, scene, prepared, point }) => {
          const past = point.position >= known.decision
          return {
            known,
            scene,
            task: await known.ending.act(server.client, scene, prepared, past),
          }
        }),
      )
      await points.reached(60_000)
      await server.kill()
      await points.disarm()
      server = await installation.start(variables)
      const { client } = server
      await Promise.all(
        acted.map(async ({ known, scene, task }) => {
          const ended = await known.ending.finish(client, task)
          await untilQuiet(ended)
          known.ending.check(scene, ended)
          await expectLife(client, ended, known.life)
          for (const run of await runsOf(installation, ended.id)) {
            if (run.status !== 'cancelled') await expectStepsOnce(client, run.id)
          }
          killed.push(ended)
        }),
      )
    }
    expect(killed.length).toBe(wanted.length)
    expect(killed.length).toBeGreaterThanOrEqual(2 * endings.length)
    const all = [...learned.map(({ task }) => task), ...killed]
    const waiting = all.filter(({ status }) => status === 'waiting_approval')
    for (const task of waiting) {
      await server.client.tasks.cancel({ taskId: task.id })
      await untilReleased(server.client, task)
    }
    await expectNothingLeft(installation, server.client, all)
    expect(await server.stop()).toBe(0)
    expect(await processesNaming(installation.machine.data)).toEqual([])
  },
)
