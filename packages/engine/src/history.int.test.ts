import { expect, test } from 'vitest'
import { createTestDatabase } from '@sluice/testing/database'
import { createTestWorkspace } from '@sluice/testing/workspace'
import type { RunId } from '@sluice/contract/ids'
import { createEngine } from './engine.ts'
import { anything, quickTuning } from './testing/tuning.ts'
import type { RunDefinition } from './types.ts'

type Release = Pick<RunDefinition<Record<string, never>, string[]>, 'execute'>['execute']

const effects: string[] = []
const effect = (name: string) => async () => {
  effects.push(name)
  return name
}

/** What the first release shipped. */
const first: Release = async (run) => {
  const a = await run.step('a', effect('a'))
  const answer = await run.wait<string>('answer')
  const b = await run.step('b', effect('b'))
  return [a, answer ?? '', b]
}

/** The next release: other code between the steps, a step more before the wait and one directly before it. */
const second: Release = async (run) => {
  const taken: string[] = [await run.step('a', effect('a'))]
  if (await run.patch('checks-before-asking')) taken.push(await run.step('check', effect('check')))
  taken.push((await run.wait<string>('answer')) ?? '')
  taken.push(await run.step('b', effect('b')))
  if (await run.patch('reports-at-the-end')) taken.push(await run.step('report', effect('report')))
  return taken
}

/** A change that forgot its patch. */
const careless: Release = async (run) => [
  await run.step('something else', effect('something else')),
  (await run.wait<string>('answer')) ?? '',
]

test('runs of an earlier release go on under changed code, and a change without a patch is found, not guessed', async () => {
  await using database = await createTestDatabase({ systemPoolSize: 8 })
  const { db } = database
  const { scope } = await createTestWorkspace(db)
  const openRelease = async (released: Release, neglected: Release) => {
    const engine = createEngine({
      database: db,
      databaseUrl: database.url,
      artifactFolder: '/nonexistent',
      executes: true,
      roles: ['worker'],
      version: 'test',
      onWarning: () => {},
      tuning: quickTuning,
    })
    engine.register<Record<string, never>, string[]>({
      kind: 'released',
      input: anything(),
      start: 'direct',
      execute: released,
    })
    engine.register<Record<string, never>, string[]>({
      kind: 'neglected',
      input: anything(),
      start: 'direct',
      execute: neglected,
    })
    await engine.launch()
    return engine
  }
  const answer = (engine: Awaited<ReturnType<typeof openRelease>>, id: RunId) =>
    db.scoped(scope, (tx) => engine.signal(tx, scope, id, 'answer', 'yes'))

  const before = await openRelease(first, first)
  const start = (engine: typeof before, kind: string) =>
    db.scoped(scope, (tx) => engine.start(tx, scope, { kind, input: {} }))
  const [old, neglected] = [await start(before, 'released'), await start(before, 'neglected')]
  for (const id of [old, neglected]) await before.settled(scope, id, { statuses: ['waiting'] })
  await before.close()
  expect(effects).toEqual(['a', 'a'])

  effects.length = 0
  const after = await openRelease(second, careless)
  expect(await after.settled(scope, neglected)).toMatchObject({
    status: 'dead',
    error: { code: 'changed_code' },
  })
  await answer(after, old)
  const fresh = await start(after, 'released')
  await answer(after, fresh)
  // The old run had done `a` and nothing after it: what it comes to now is the new code's business, what it did is not.
  expect((await after.settled(scope, old)).output).toEqual(['a', 'check', 'yes', 'b', 'report'])
  expect((await after.settled(scope, fresh)).output).toEqual(['a', 'check', 'yes', 'b', 'report'])
  expect(effects.filter((name) => name === 'a')).toEqual(['a'])
  expect(effects).not.toContain('something else')
  await after.close()
})

test('a run that is past the place of a patch keeps its old path', async () => {
  await using database = await createTestDatabase({ systemPoolSize: 8 })
  const { db } = database
  const { scope } = await createTestWorkspace(db)
  const open = async (execute: Release) => {
    const engine = createEngine({
      database: db,
      databaseUrl: database.url,
      artifactFolder: '/nonexistent',
      executes: true,
      roles: [],
      version: 'test',
      onWarning: () => {},
      tuning: quickTuning,
    })
    engine.register<Record<string, never>, string[]>({
      kind: 'released',
      input: anything(),
      start: 'direct',
      execute,
    })
    await engine.launch()
    return engine
  }
  const before = await open(async (run) => {
    const a = await run.step('a', effect('a'))
    const b = await run.step('b', effect('b'))
    return [a, b, (await run.wait<string>('answer')) ?? '']
  })
  const old = await db.scoped(scope, (tx) =>
    before.start(tx, scope, { kind: 'released', input: {} }),
  )
  await before.settled(scope, old, { statuses: ['waiting'] })
  await before.close()

  const after = await open(async (run) => {
    const taken = [await run.step('a', effect('a'))]
    if (await run.patch('between')) taken.push(await run.step('between', effect('between')))
    taken.push(await run.step('b', effect('b')))
    return [...taken, (await run.wait<string>('answer')) ?? '']
  })
  const fresh = await db.scoped(scope, (tx) =>
    after.start(tx, scope, { kind: 'released', input: {} }),
  )
  for (const id of [old, fresh])
    await db.scoped(scope, (tx) => after.signal(tx, scope, id, 'answer', 'yes'))
  expect((await after.settled(scope, old)).output).toEqual(['a', 'b', 'yes'])
  expect((await after.settled(scope, fresh)).output).toEqual(['a', 'between', 'b', 'yes'])
  await after.close()
})
