import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Repository } from '@sluice/contract/repository'
import type { Task, TaskStatus } from '@sluice/contract/task'
import { createClient, type Client } from '@sluice/sdk/client'
import {
  startScriptedProvider,
  type ScriptedAnswer,
  type ScriptedFailure,
  type ScriptedProvider,
  type ScriptedRequest,
} from '@sluice/testing/scripted-provider'
import { untilTask } from './follow.ts'
import { createKey, setUpOwner } from './people.ts'
import { startTestServer, type TestServer } from './test-server.ts'

type Answer = ScriptedAnswer | ScriptedFailure

/** A server, a person who uses it, and a model that says what a test tells it to. */
export interface Workbench extends AsyncDisposable {
  client: Client
  /** The client's credentials. */
  headers: Record<string, string>
  server: TestServer
  provider: ScriptedProvider
  /** What the model answers to the agent's next requests, in order; after them it says that it is done. */
  say(...answers: Answer[]): void
  /** The agent's requests so far, those for a commit message left out. */
  asked(): ScriptedRequest[]
  /** Adds a repository with one commit and the given gates. */
  addRepository(
    files: Record<string, string>,
    gates?: Record<string, string | GateSpec>,
  ): Promise<Repository>
  /** Starts a session with a prompt and waits until its task is in one of the states. */
  run(
    repository: Repository,
    prompt: string,
    wanted: readonly TaskStatus[],
    options?: Partial<SessionInput>,
  ): Promise<Task>
}

export interface GateSpec {
  command: string
  timeoutSeconds?: number
  isBlocking?: boolean
}
type SessionInput = Parameters<Client['sessions']['create']>[0]

export const draftedMessage = 'Change what was asked for'

/** @param variables further settings of the server */
export async function openWorkbench(variables: Record<string, string> = {}): Promise<Workbench> {
  const queue: Answer[] = []
  const isDraft = ({ body }: ScriptedRequest) =>
    !Array.isArray(body['tools']) || body['tools'].length === 0
  const provider = await startScriptedProvider((request) =>
    isDraft(request) ? { text: draftedMessage } : (queue.shift() ?? { text: 'Done.' }),
  )
  const server = await startTestServer({
    variables: { ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: provider.url, ...variables },
  })
  const { url } = await server.listen()
  const { headers } = await createKey(server.fetch, await setUpOwner(server.fetch))
  const client = createClient({ url, headers })
  let repositories = 0
  return {
    client,
    headers,
    server,
    provider,
    say: (...answers) => void queue.splice(0, queue.length, ...answers),
    asked: () => provider.requests.filter((request) => !isDraft(request)),
    async addRepository(files, gates = {}) {
      const path = join(server.machine.work, `repository-${++repositories}`)
      await writeFiles(path, files)
      git(path, 'init', '--quiet', '--initial-branch=main')
      commitAll(path, 'First')
      const repository = await client.repositories.add({ path })
      for (const gate of (await client.gates.list({ repositoryId: repository.id })).items)
        await client.gates.remove({ gateId: gate.id })
      for (const [name, spec] of Object.entries(gates)) {
        const {
          command,
          timeoutSeconds = 60,
          isBlocking = true,
        } = typeof spec === 'string' ? { command: spec } : spec
        await client.gates.create({
          repositoryId: repository.id,
          name,
          command,
          timeoutSeconds,
          isBlocking,
          isEnabled: true,
        })
      }
      return repository
    },
    async run(repository, prompt, wanted, options = {}) {
      const { task } = await client.sessions.create({
        repositoryId: repository.id,
        prompt,
        mode: 'isolated',
        modelId: 'claude-sonnet-4-5',
        ...options,
      })
      return untilTask(client, task, wanted)
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await provider.close()
    },
  }
}

export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

const someone = [
  '-c',
  'user.name=Someone',
  '-c',
  'user.email=someone@example.test',
  '-c',
  'commit.gpgsign=false',
  '-c',
  'core.hooksPath=/dev/null',
]

/** Runs git in a repository as its user would. @returns its output, trimmed */
export function git(path: string, ...args: string[]): string {
  return execFileSync('git', ['-C', path, ...someone, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}

/** Commits everything that is not ignored. @returns the commit */
export function commitAll(path: string, message: string): string {
  git(path, 'add', '--all')
  git(path, 'commit', '--quiet', '--message', message)
  return git(path, 'rev-parse', 'HEAD')
}

/** The answer of a model that calls tools. */
export const calls = (...toolCalls: [name: string, input: object][]): ScriptedAnswer => ({
  text: 'Working.',
  toolCalls: toolCalls.map(([name, input]) => ({ name, input })),
})

/** The answer of a model that writes a file. */
export const writes = (path: string, content: string): ScriptedAnswer =>
  calls(['write_file', { path, content }])
