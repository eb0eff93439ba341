/** What a killed server leaves behind is found and ended by the next one; what a living server runs is left alone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openFresh, processesWith, subjects, uniqueSleep } from './behaviour.fixture.ts'
import type { OwnerNote } from './state-folder.ts'

const fixture = fileURLToPath(new URL('./orphan.fixture.ts', import.meta.url))

describe.each(subjects)('after kill -9 of a server with a sandbox of $title', (subject) => {
  it('reaping leaves no process, group, scratch folder or mount point', async () => {
    await using opened = await openFresh(subject)
    const stateFolder = join(opened.stateFolder, 'killed')
    const word = uniqueSleep()
    const server = spawn(
      process.execPath,
      [fixture, subject.title, stateFolder, opened.workTree, opened.outside, word],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const exited = once(server, 'exit')
    await once(server.stdout, 'data')
    const note = JSON.parse(
      await readFile(join(stateFolder, 'sandboxes', 'orphan', 'owner.json'), 'utf8'),
    ) as OwnerNote

    const provider = subject.create(stateFolder)
    expect(await provider.reapOrphans()).toMatchObject({ sandboxes: 0, processes: 0 })
    expect((await processesWith(word)).length).toBeGreaterThanOrEqual(3)

    server.kill('SIGKILL')
    await exited
    expect(await provider.reapOrphans()).toMatchObject({ sandboxes: 1 })
    expect(await processesWith(word)).toEqual([])
    expect(await readdir(join(stateFolder, 'sandboxes'))).toEqual([])
    expect(await readdir(opened.workTree)).toEqual(['a'])
    expect(note.cgroup === undefined).toBe(!subject.usesCgroups)
    expect((note.cgroup?.folders ?? []).filter((folder) => existsSync(folder))).toEqual([])
    expect(await provider.reapOrphans()).toEqual({ sandboxes: 0, processes: 0, folders: 0 })
  })
})
