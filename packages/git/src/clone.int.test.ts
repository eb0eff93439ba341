import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cloneRepository, removeCloneLeftovers } from './clone.ts'
import type { TransferProgress } from './clone.ts'
import { isGitError } from './errors.ts'
import { runGit, runProcess } from './run.ts'
import { git, makeRepository, tempFolder, write } from './testing/repo.ts'

test('clones with progress, the branch asked for, and into an odd folder', async () => {
  await using temp = tempFolder()
  const origin = makeRepository(
    join(temp.path, 'origin'),
    Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}`, `${at}`])),
  )
  git(origin, 'branch', 'other')
  const seen: TransferProgress[] = []
  const destination = join(temp.path, 'deep/-odd "name"')
  const result = await cloneRepository({
    url: `file://${origin}`,
    destination,
    branch: 'other',
    allowFile: true,
    onProgress: (progress) => seen.push(progress),
  })
  expect(result).toEqual({
    path: destination,
    branch: 'other',
    head: git(origin, 'rev-parse', 'HEAD').trim(),
  })
  expect(seen.some(({ phase, percent }) => phase === 'receiving objects' && percent === 100)).toBe(
    true,
  )
  expect(readdirSync(join(temp.path, 'deep'))).toEqual(['-odd "name"'])
})

test('an empty repository can be cloned', async () => {
  await using temp = tempFolder()
  const origin = makeRepository(join(temp.path, 'origin'), {})
  expect(
    await cloneRepository({ url: origin, destination: join(temp.path, 'c'), allowFile: true }),
  ).toMatchObject({ branch: 'main', head: null })
})

test('failed and cancelled clones leave nothing behind', async () => {
  await using temp = tempFolder()
  const origin = makeRepository(join(temp.path, 'origin'))
  const destination = join(temp.path, 'out/c')
  await expect(
    cloneRepository({ url: join(temp.path, 'missing'), destination, allowFile: true }),
  ).rejects.toMatchObject({ code: 'not_a_repository' })
  await expect(
    cloneRepository({ url: origin, destination, allowFile: true, branch: 'missing' }),
  ).rejects.toMatchObject({ name: 'GitError' })
  await expect(cloneRepository({ url: origin, destination })).rejects.toMatchObject({
    code: 'protocol_not_permitted',
  })
  await expect(cloneRepository({ url: 'git://127.0.0.1:1/x', destination })).rejects.toMatchObject({
    code: 'network',
  })
  const controller = new AbortController()
  await expect(
    cloneRepository({
      url: `file://${origin}`,
      destination,
      allowFile: true,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    }),
  ).rejects.toMatchObject({ code: 'aborted' })
  expect(readdirSync(join(temp.path, 'out'))).toEqual([])
  write(temp.path, { 'full/x': 'mine', 'out/.sluice-clone-x-1-1/HEAD': '' })
  await expect(
    cloneRepository({ url: origin, destination: join(temp.path, 'full'), allowFile: true }),
  ).rejects.toMatchObject({ code: 'destination_exists' })
  expect(await removeCloneLeftovers(join(temp.path, 'out'))).toBe(1)
})

/** Whether a process of a group still runs; one that only waits to be reaped by init does not (proc_pid_stat(5)). */
const isAlive = (group: number): boolean =>
  readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
      const [state, , pgrp] = text.slice(text.lastIndexOf(')') + 2).split(' ')
      return pgrp === String(group) && state !== 'Z' && state !== 'X'
    } catch (error) {
      // Ended while it was looked at.
      if (
        (error as NodeJS.ErrnoException).code === 'ENOENT' ||
        (error as NodeJS.ErrnoException).code === 'ESRCH'
      )
        return false
      throw error
    }
  })

test.each(['abort', 'timeout'] as const)('%s ends the whole process group', async (how) => {
  const controller = new AbortController()
  let group = 0
  const run = runProcess({
    command: 'sh',
    // The child ignores the polite signal and would outlive its parent.
    args: ['-c', 'trap "" TERM; echo $$; (trap "" TERM; sleep 600) & wait; sleep 600'],
    env: { PATH: '/usr/bin:/bin' },
    signal: controller.signal,
    timeoutMs: how === 'timeout' ? 3_000 : 60_000,
    onStdout: (chunk) => {
      group = Number(chunk.toString())
      if (how === 'abort') controller.abort()
    },
  })
  await expect(run).rejects.toMatchObject({ code: how === 'abort' ? 'aborted' : 'timeout' })
  expect(group).toBeGreaterThan(1)
  await expect.poll(() => isAlive(group)).toBe(false)
})

test('a missing program, too much output and an early abort are told apart', async () => {
  await expect(runProcess({ command: 'no-such-program', args: [], env: {} })).rejects.toMatchObject(
    { code: 'git_missing' },
  )
  await expect(runGit({ args: ['help', '-a'], maxOutputBytes: 10 })).rejects.toMatchObject({
    code: 'output_too_large',
  })
  const error: unknown = await runGit({ args: ['--version'], signal: AbortSignal.abort() }).catch(
    (reason: unknown) => reason,
  )
  expect(isGitError(error, 'aborted')).toBe(true)
})
