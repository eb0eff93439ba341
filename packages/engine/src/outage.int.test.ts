import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGate } from '@sluice/testing/wait'
import { persist } from './persist.ts'
import { openEngine } from './testing/fixture.ts'
import type { EngineFixture } from './testing/fixture.ts'
import { anything } from './testing/tuning.ts'

let fixture: EngineFixture
const inside = createGate()
const goOn = createGate()
const attempts: string[] = []

beforeAll(async () => {
  fixture = await openEngine()
  fixture.engine.register<Record<string, never>, unknown>({
    kind: 'cut',
    input: anything(),
    start: 'direct',
    async execute(run) {
      const value = await run.step('cut', async (step) => {
        attempts.push(`cut ${step.attempt}`)
        inside.open()
        await goOn.opened
        return 'kept'
      })
      const answer = await run.wait('answer')
      await run.step('after', async (step) => void attempts.push(`after ${step.attempt}`))
      return [value, answer]
    },
  })
  await fixture.engine.launch()
})
afterAll(async () => {
  await fixture[Symbol.asyncDispose]()
})

test('a worker that loses every connection keeps its runs and does nothing twice', async () => {
  const scope = await fixture.workspace()
  const admin = new pg.Client({ connectionString: fixture.database.url })
  await admin.connect()
  const cutAll = () =>
    admin.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
  try {
    const id = await fixture.start(scope, { kind: 'cut', input: {} })
    await inside.opened
    await cutAll()
    goOn.open()
    await fixture.settled(scope, id, ['waiting'])
    await cutAll()
    // The caller's own transaction may be what the cut hits; it says so and is asked again.
    await persist(() => fixture.signal(scope, id, 'answer', 42), new AbortController().signal)
    expect(await fixture.settled(scope, id)).toMatchObject({
      status: 'completed',
      output: ['kept', 42],
      workerId: fixture.engine.workerId,
    })
    expect(attempts).toEqual(['cut 1', 'after 1'])
    const rows = await fixture.db.querySystem<{ status: string }>('select status from workers')
    expect(rows).toEqual([{ status: 'alive' }])
  } finally {
    await admin.end()
  }
})
