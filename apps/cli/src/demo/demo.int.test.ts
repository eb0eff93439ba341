import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { serverEnvironment } from '../env.ts'
import { startCommand, type RunningCommand } from '../testing/command.ts'
import type { DemoResult } from './demo.ts'
import { removeData } from './remove-data.ts'

let temp: string
beforeEach(async () => {
  temp = await mkdtemp(join(tmpdir(), 'sluice-cli-demo-'))
})
afterEach(() => removeData(temp))

function demo(...words: string[]): RunningCommand {
  const env = serverEnvironment({ TMPDIR: temp, SLUICE_RECORDING_PACE: '0' })
  return startCommand(['demo', ...words], { env })
}

const git = (repository: string, ...words: string[]): string =>
  execFileSync('git', ['-C', repository, ...words], { encoding: 'utf8' }).trim()

/** Processes that were started with our folder in hand: the server's database has it in its arguments. */
async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  return lines.filter((line) => line.includes(folder))
}

test('the sample goes from prompt to a commit that git confirms, and leaves only its repository', async () => {
  const { code, out, err } = await demo('--json').ended
  expect(code, err).toBe(0)
  expect(out.trimEnd().split('\n')).toHaveLength(1)
  const result = JSON.parse(out) as DemoResult
  expect(result).toMatchObject({
    status: 'completed',
    gates: [{ name: 'test', status: 'passed' }],
    gateRounds: [
      { round: 0, name: 'test', status: 'failed' },
      { round: 1, name: 'test', status: 'passed' },
    ],
    isRecorded: true,
    costUsd: 0,
  })
  expect(result.durationMs).toBeGreaterThan(0)
  const { repository, branch, commit, tree } = result
  expect(git(repository, 'rev-parse', `refs/heads/${branch}`)).toBe(commit)
  expect(git(repository, 'rev-parse', `${commit}^{tree}`)).toBe(tree)
  expect(git(repository, 'rev-parse', `${commit}^`)).toBe(git(repository, 'rev-parse', 'main'))
  expect(git(repository, 'status', '--porcelain')).toBe('')
  git(repository, 'fsck', '--strict')
  expect(err).toContain('A recording answers in place of a model.')
  expect(err).toContain('✗ Gate test failed')
  expect(err).toContain('✓ Gate test passed')
  expect(err).toContain('+++ b/src/split.js')
  expect(await readdir(temp)).toEqual([expect.stringMatching(/^sluice-sample-/)])
  expect(await processesOf(temp)).toEqual([])
})

test('Ctrl-C in the middle ends it with 130 and leaves nothing', async () => {
  const running = demo()
  await running.says('the agent works')
  running.signal('SIGINT')
  const { code, out, err } = await running.ended
  expect(code, err).toBe(130)
  expect(out).toBe('')
  expect(await readdir(temp)).toEqual([])
  expect(await processesOf(temp)).toEqual([])
})

test('where it is killed, its server ends as well', async (context) => {
  context.skip(process.platform !== 'linux', 'processes are looked up in /proc')
  const running = demo()
  await running.says('the agent works')
  expect(await processesOf(temp)).not.toEqual([])
  running.signal('SIGKILL')
  await running.ended
  await expect.poll(() => processesOf(temp), { timeout: 30_000 }).toEqual([])
})

test('where nobody reads any longer how it goes, it goes on to its end', async () => {
  const running = demo('--json')
  await running.says('the agent works')
  running.leaveErrors()
  const { code, out } = await running.ended
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ status: 'completed' })
  expect(await processesOf(temp)).toEqual([])
})

test('a folder that holds something is refused before anything starts', async () => {
  await writeFile(join(temp, 'mine'), 'x')
  const { code, err } = await demo('--data', temp).ended
  expect(code).toBe(2)
  expect(err).toContain('is not empty')
  expect(await readdir(temp)).toEqual(['mine'])
})

test('a server that cannot start is a failure that shows its log', async () => {
  const env = serverEnvironment({ TMPDIR: temp, SLUICE_LOG_LEVEL: 'nonsense' })
  const { code, out, err } = await startCommand(['demo', '--json'], { env }).ended
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'server_failed' } })
  expect(err).toContain('SLUICE_LOG_LEVEL')
  expect(await readdir(temp)).toEqual([])
})

test('--keep keeps the data, however it went, and says how to look at it', async () => {
  const env = serverEnvironment({ TMPDIR: temp, SLUICE_LOG_LEVEL: 'nonsense' })
  const { err } = await startCommand(['demo', '--keep'], { env }).ended
  const [data] = await readdir(temp)
  expect(err).toContain(`SLUICE_DATA=${join(temp, data!)} pnpm start`)
})
