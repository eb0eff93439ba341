import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeWorkspace } from '@sluice/git/workspace'

/** Folders of a test's own and the variables that a server in them is started with. */
export interface TestMachine extends AsyncDisposable {
  /** An empty home folder. */
  home: string
  /** Where the test may lay repositories. */
  work: string
  data: string
  /** The variables of a server that lives here: nothing of the real environment but the way to programs. */
  variables: Record<string, string>
}

export async function createTestMachine(): Promise<TestMachine> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-server-test-'))
  const [home, work, data] = ['home', 'work', 'data'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ]
  for (const folder of [home, work, data]) await mkdir(folder)
  return {
    home,
    work,
    data,
    variables: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      SLUICE_DATA: data,
      SLUICE_RECORDING_PACE: '0',
      SLUICE_LOG_LEVEL: 'warn',
    },
    async [Symbol.asyncDispose]() {
      await unmountAll(data)
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** Working trees are mounts, and those of open sessions outlive their server. */
async function unmountAll(data: string): Promise<void> {
  for (const kind of ['sessions', 'gates']) {
    const folder = join(data, kind)
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    for (const name of names) await removeWorkspace(join(folder, name))
  }
}
