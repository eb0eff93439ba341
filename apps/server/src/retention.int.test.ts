import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createId } from '@sluice/contract/ids'
import { systemScope } from '@sluice/core/platform'
import { forgetOldRuns, sweepArtifacts, tidyShadows } from '@sluice/core/tasks'
import { withAdmin } from '@sluice/testing/global-setup'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilTask } from './testing/follow.ts'
import { git, openWorkbench, writes, type Workbench } from './testing/workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

const { signal } = new AbortController()
/** The server's own, at another time. */
const coreAt = (daysFromNow: number) => ({
  ...bench.server.server.core,
  clock: { now: () => new Date(Date.now() + daysFromNow * 86_400_000) },
})
const recordsOf = (runId: string) =>
  withAdmin(bench.server.database.url, async (admin) => {
    const { rows } = await admin.query<{ count: number }>(
      'select count(*)::int as count from dbos.operation_outputs where workflow_uuid = $1',
      [runId],
    )
    return rows[0]!.count
  })

test('what the engine holds of old runs goes, runs that wait keep it, and a replay says why it cannot be', async () => {
  const { client } = bench
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  bench.say(writes('a.txt', 'one\n'))
  const waiting = await bench.run(repository, 'Change it', ['waiting_approval'])
  bench.say({ text: 'Nothing to do.' })
  const ended = await bench.run(repository, 'Look', ['completed'])
  await client.runs.get({ runId: ended.runId! })
  await bench.server.server.engine.idle()
  expect(await forgetOldRuns(coreAt(29), 30, signal)).toBe(0)
  expect(await forgetOldRuns(coreAt(31), 30, signal)).toBeGreaterThan(0)
  expect(await recordsOf(ended.runId!)).toBe(0)
  expect(await recordsOf(waiting.runId!)).toBeGreaterThan(5)
  // It can still be looked at.
  expect((await client.runs.steps({ runId: ended.runId! })).items.length).toBeGreaterThan(3)
  const { core } = bench.server.server
  const me = await client.me.get()
  const scope = systemScope(me.current!.workspace.id)
  await expect(
    core.db.scoped(scope, (tx) => core.engine.fork(tx, scope, ended.runId!, { fromStep: 2 })),
  ).rejects.toMatchObject({
    code: 'wrong_state',
    message: expect.stringContaining('no longer kept'),
  })
  expect(await forgetOldRuns(coreAt(31), 30, signal)).toBe(0)
  await client.tasks.approve({ taskId: waiting.id })
  await untilTask(client, waiting, ['completed'])
})

test('files of artifacts that no row names go after a day', async () => {
  const { core } = bench.server.server
  const paths = [createId('art'), createId('art')].map((id) => core.folders.artifact(id))
  for (const path of paths) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, 'output')
  }
  const old = new Date(Date.now() - 2 * 86_400_000)
  utimesSync(paths[0]!, old, old)
  const repository = await bench.addRepository({ 'a.txt': 'first\n' }, { fine: 'echo whole' })
  bench.say(writes('a.txt', 'one\n'))
  const task = await bench.run(repository, 'Change it', ['waiting_approval'])
  expect(await sweepArtifacts(core, signal)).toBe(1)
  expect(paths.map((path) => existsSync(path))).toEqual([false, true])
  await sweepArtifacts(coreAt(3), signal)
  const { items } = await bench.client.gates.results({ taskId: task.id })
  const output = await bench.client.gates.output({ gateResultId: items[0]!.id })
  expect(await output.text()).toBe('whole\n')
})

test('a shadow lets go of deleted tasks and of states that were put back, and of nothing else', async () => {
  const { client } = bench
  const { core } = bench.server.server
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  const shadow = core.folders.shadow(repository.id)
  const refs = () =>
    git(shadow, 'for-each-ref', '--format=%(refname)', 'refs/sluice')
      .split('\n')
      .filter((line) => line !== '')
  const released = (id: string) =>
    expect.poll(async () => (await client.tasks.get({ taskId: id as never })).detail).toBe('')
  bench.say(writes('a.txt', 'one\n'))
  const deleted = await bench.run(repository, 'Change it', ['waiting_approval'])
  await client.tasks.cancel({ taskId: deleted.id })
  await released(deleted.id)
  bench.say(writes('a.txt', 'two\n'))
  const kept = await bench.run(repository, 'Change it', ['waiting_approval'])
  const inPlace = { mode: 'in_place' } as const
  bench.say(writes('a.txt', 'three\n'))
  const holder = await bench.run(repository, 'Change it here', ['waiting_approval'], inPlace)
  await client.sessions.remove({ sessionId: deleted.sessionId })
  expect(refs().some((ref) => ref.includes(deleted.id))).toBe(true)
  expect(refs().filter((ref) => ref.includes('/states/'))).toHaveLength(1)

  await tidyShadows(core, signal)
  expect(refs().some((ref) => ref.includes(deleted.id))).toBe(false)
  expect(refs().some((ref) => ref.includes(kept.id))).toBe(true)
  // The user's own files, for as long as an agent is at work among them.
  expect(refs().filter((ref) => ref.includes('/states/'))).toHaveLength(1)

  await client.tasks.reject({ taskId: holder.id })
  await released(holder.id)
  await tidyShadows(core, signal)
  expect(refs().filter((ref) => ref.includes('/states/'))).toEqual([])
  // A rejection can be undone all the same: what lies there then is recorded anew.
  await client.tasks.undoReject({ taskId: holder.id })
  await untilTask(client, holder, ['waiting_approval'])
  execFileSync('git', ['-C', shadow, 'fsck', '--connectivity-only'], { stdio: 'ignore' })
})
