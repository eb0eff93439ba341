/** A real sandbox on a folder of its own, for tests of agents. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createBubblewrapProvider } from '@sluice/sandbox/bubblewrap'
import type { Sandbox, SandboxProvider, SandboxProviderName } from '@sluice/sandbox/sandbox'
import { findToolchain } from '@sluice/sandbox/toolchain'
import { createWorktreeProvider } from '@sluice/sandbox/worktree'
import type { AgentDeps, AgentEvent, RunStep } from '../agent.ts'

export interface SandboxFixture extends AsyncDisposable {
  sandbox: Sandbox
  /** The work tree on the host. */
  folder: string
  read: (path: string) => Promise<string>
  /** Deps of an agent over this sandbox; events are collected, artifacts kept in a folder beside it. */
  deps: (step: RunStep, more?: Partial<AgentDeps>) => { deps: AgentDeps; events: AgentEvent[] }
  artifact: (id: string) => Promise<string>
}

export interface FixtureOptions {
  provider?: SandboxProviderName
  files?: Readonly<Record<string, string>>
  /** Fills the work tree in place of `files`. */
  prepare?: (folder: string) => Promise<unknown>
}

export function testSandboxProvider(
  name: SandboxProviderName,
  stateFolder: string,
): SandboxProvider {
  const { env, execPath } = process
  if (name === 'worktree') return createWorktreeProvider({ stateFolder, env, nodePath: execPath })
  const toolchain = findToolchain({
    path: env['PATH'] ?? '',
    home: env['HOME'] ?? '/root',
    nodeExecPath: execPath,
  })
  return createBubblewrapProvider({ stateFolder, toolchain })
}

/** Opens a sandbox of the given provider (default worktree); everything is removed at the end. */
export async function openSandboxFixture(options: FixtureOptions = {}): Promise<SandboxFixture> {
  const base = await mkdtemp(join(tmpdir(), 'sluice-agent-test-'))
  const folder = join(base, 'tree')
  const artifacts = join(base, 'artifacts')
  await mkdir(folder)
  await mkdir(artifacts)
  for (const [path, text] of Object.entries(options.files ?? {})) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await options.prepare?.(folder)
  const provider = testSandboxProvider(options.provider ?? 'worktree', join(base, 'state'))
  const limits = { memoryBytes: 1024 ** 3, processes: 300 }
  const sandbox = await provider.open({ id: 'agent-test', workTree: folder, limits })
  let artifactCount = 0
  return {
    sandbox,
    folder,
    read: (path) => readFile(join(folder, path), 'utf8'),
    artifact: (id) => readFile(join(artifacts, id), 'utf8'),
    deps(step, more = {}) {
      const events: AgentEvent[] = []
      const deps: AgentDeps = {
        sandbox,
        findFile: (path) => readFile(join(folder, path)).catch(() => undefined),
        step,
        emit: (event) => void events.push(event),
        signal: new AbortController().signal,
        now: () => performance.now(),
        openArtifact() {
          const id = `artifact-${++artifactCount}`
          const hostPath = join(artifacts, id)
          return Promise.resolve({
            hostPath,
            keep: () => Promise.resolve(id),
            discard: () => rm(hostPath, { force: true }),
          })
        },
        ...more,
      }
      return { deps, events }
    },
    async [Symbol.asyncDispose]() {
      await sandbox.dispose()
      await rm(base, { recursive: true, force: true })
    },
  }
}
