import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { untilTask } from './testing/follow.ts'
import { git, openWorkbench, writes } from './testing/workbench.ts'

/** Makes a file system of its own; undefined where this process may not. */
function mountSmall(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=260m', 'sluice-test', folder], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

test('on a full disk a task fails by its code before it touches anything, and goes on when there is room', async (context) => {
  const data = mkdtempSync(join(tmpdir(), 'sluice-full-'))
  if (!mountSmall(data)) {
    rmSync(data, { recursive: true })
    return context.skip('a small file system can be mounted by root only')
  }
  try {
    await using bench = await openWorkbench({ SLUICE_DATA: data })
    const repository = await bench.addRepository({ 'a.txt': 'first\n' })
    writeFileSync(join(data, 'ballast'), Buffer.alloc(120 * 1024 * 1024))
    bench.say(writes('a.txt', 'second\n'))
    const task = await bench.run(repository, 'Change it', ['failed'])
    expect(task).toMatchObject({ failure: { code: 'no_disk_room' }, actions: { continue: true } })
    expect(task.failure!.message).toMatch(/Only \d+ MB are free/)
    expect(git(repository.path, 'status', '--porcelain')).toBe('')
    rmSync(join(data, 'ballast'))
    await bench.client.tasks.continue({ taskId: task.id })
    expect((await untilTask(bench.client, task, ['waiting_approval'])).change!.files).toBe(1)
    await bench.client.tasks.cancel({ taskId: task.id })
    await bench.server.server.engine.idle()
  } finally {
    execFileSync('umount', ['-l', data])
    rmSync(data, { recursive: true, force: true })
  }
})
