import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untilEvent, untilTask } from './testing/follow.ts'
import { picture } from './testing/picture.ts'
import { calls, commitAll, git, openWorkbench, type Workbench } from './testing/workbench.ts'

/** The git package shows the same for capture and restore alone, over 300 cases; here the way leads through whole tasks. */
const cases = 18

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
  await bench.client.settings.update({ maxFixRounds: 0 })
})
afterAll(() => bench[Symbol.asyncDispose]())

const paths = fc.constantFrom(
  'a.txt',
  'b c.txt',
  'dir/c.txt',
  'dir/deep/d.txt',
  '-dash',
  "quo'te",
  'line\nend',
  'ünï',
  'ignored.log',
  'build/out.bin',
  'empty',
  'link',
  '.hidden/y',
)
const edits = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('write' as const),
      path: paths,
      content: fc.constantFrom('', 'one\n', 'two\r\n', 'plain'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('delete' as const), path: paths }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('mode' as const),
      path: paths,
      mode: fc.constantFrom(0o600, 0o644, 0o755),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('link' as const),
      path: paths,
      target: fc.constantFrom('a.txt', '../outside', 'dir'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('mkdir' as const), path: paths }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('move' as const), path: paths, to: paths }) },
)
type Edit = typeof edits extends fc.Arbitrary<infer T> ? T : never

/** What a person or an agent does, as a program: the user's runs in the checkout, the agent's in the sandbox. */
function program(changes: readonly Edit[]): string {
  return `
    const { chmodSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } = require('node:fs')
    const { dirname } = require('node:path')
    const edit = (change) => {
      const path = './' + change.path
      if (change.op === 'delete') return rmSync(path, { recursive: true })
      if (change.op === 'mode') return lstatSync(path).isFile() ? chmodSync(path, change.mode) : undefined
      mkdirSync(dirname(path), { recursive: true })
      if (change.op === 'write') writeFileSync(path, change.content)
      else if (change.op === 'link') symlinkSync(change.target, path)
      else if (change.op === 'mkdir') mkdirSync(path)
      else {
        mkdirSync(dirname('./' + change.to), { recursive: true })
        renameSync(path, './' + change.to)
      }
    }
    for (const change of ${JSON.stringify(changes)}) {
      try {
        edit(change)
      } catch (error) {
        // What the file system refuses (a file where a folder would be) is not done.
        if (error.code === undefined) throw error
      }
    }`
}

const edit = (root: string, changes: readonly Edit[]) =>
  execFileSync(process.execPath, ['-e', program(changes)], { cwd: root })
const command = (changes: readonly Edit[]) =>
  `node -e "$(echo ${Buffer.from(program(changes)).toString('base64')} | base64 -d)"`

const modes = ['isolated', 'in_place'] as const
const endings = ['reject', 'cancel', 'cancel at work'] as const
const sureEdit: Edit = { op: 'write', path: 'agent.txt' as 'a.txt', content: 'one\n' }

const scenario = fc.record({
  committed: fc.array(edits, { maxLength: 6 }),
  staged: fc.array(edits, { maxLength: 5 }),
  unstaged: fc.array(edits, { maxLength: 5 }),
  agent: fc.array(edits, { minLength: 1, maxLength: 8 }),
})

test(
  'a task that is rejected or cancelled leaves checkout and git folder byte for byte as before',
  { timeout: 600_000 },
  async () => {
    const { client } = bench
    const ends: string[] = []
    await fc.assert(
      fc.asyncProperty(scenario, async ({ committed, staged, unstaged, agent }) => {
        // Each way to end in each mode, the agent every second time apart from what the user edits.
        const number = ends.length
        const mode = modes[number % 2]!
        const ending = endings[Math.floor(number / 2) % 3]!
        const changes = number % 12 < 6 ? [sureEdit] : [...agent, sureEdit]
        const { path, id } = await bench.addRepository(
          { 'a.txt': 'one\ntwo\n', 'dir/c.txt': 'c\n', '.gitignore': '*.log\nbuild/\n' },
          { fine: 'true' },
        )
        edit(path, committed)
        git(path, 'add', '--all')
        if (git(path, 'status', '--porcelain') !== '') commitAll(path, 'Second')
        edit(path, staged)
        git(path, 'add', '--all')
        edit(path, unstaged)
        const before = picture(path)

        const work = calls(['run_command', { command: command(changes) }])
        bench.say(
          work,
          ...(ending === 'cancel at work'
            ? [calls(['run_command', { command: 'sleep 600' }])]
            : []),
        )
        const { task } = await client.sessions.create({
          repositoryId: id,
          prompt: 'Edit',
          mode,
          modelId: 'claude-sonnet-4-5',
        })
        if (ending === 'cancel at work') {
          await untilEvent(client, `session:${task.sessionId}`, (event) =>
            event.type === 'tool.started' && event.payload.title.includes('sleep')
              ? true
              : undefined,
          )
          await client.tasks.cancel({ taskId: task.id })
        } else {
          const shown = await untilTask(client, task, ['waiting_approval', 'completed', 'failed'])
          expect(shown.failure?.code ?? 'overlaps_user_edits').toBe('overlaps_user_edits')
          if (shown.status === 'waiting_approval' && ending === 'reject')
            await client.tasks.reject({ taskId: task.id })
          else if (shown.status !== 'completed') await client.tasks.cancel({ taskId: task.id })
        }
        const ended = await untilEvent(client, `session:${task.sessionId}`, (event) =>
          event.type === 'task.changed' &&
          ['rejected', 'cancelled', 'completed'].includes(event.payload.status) &&
          event.payload.detail !== 'Putting the files back'
            ? event.payload.status
            : undefined,
        )
        ends.push(`${mode} ${ended}`)
        expect(picture(path)).toEqual(before)
      }),
      { numRuns: cases, endOnFailure: true },
    )
    expect(ends.length).toBeGreaterThanOrEqual(cases)
    for (const end of [
      'isolated rejected',
      'isolated cancelled',
      'in_place rejected',
      'in_place cancelled',
    ])
      expect(ends).toContain(end)
  },
)
