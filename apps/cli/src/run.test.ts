import { ApiError } from '@sluice/sdk/api-error'
import { expect, test } from 'vitest'
import { run } from './run.ts'
import { createScriptedServer, type Answers } from './testing/scripted-server.ts'
import { createEnvironment, createTerminal } from './testing/terminal.ts'

const hex = (digit: string): string => digit.repeat(32)
const repository = { id: `rep_${hex('1')}`, name: 'app', path: '/srv/app' }
const session = {
  id: `ses_${hex('2')}`,
  branch: 'sluice/fix',
  agent: { modelId: 'm' },
  isRecorded: false,
  isIsolated: true,
  cursor: 7,
}
const task = {
  id: `tsk_${hex('3')}`,
  sessionId: session.id,
  number: 1,
  prompt: 'fix it',
  status: 'running',
  failure: null,
  gates: [],
  change: null,
  commit: null,
  branch: null,
  message: null,
  rejectReason: null,
  landing: { merge: 'none', push: 'none', problem: null },
  turns: 0,
  inputTokens: 0,
  outputTokens: 0,
  costMicros: 0,
  actions: {},
  createdAt: '2026-01-01T00:00:00Z',
}

async function sluice(
  words: string[],
  answers: Answers = {},
  options: { key?: string | undefined; input?: string } = {},
) {
  const terminal = createTerminal(options.input === undefined ? {} : { input: options.input })
  const server = createScriptedServer(answers)
  const code = await run(words, {
    io: terminal.io,
    environment: createEnvironment({ key: 'key' in options ? options.key : 'k' }),
    connect: server.connect,
    now: () => Date.parse('2026-01-01T00:00:00Z'),
  })
  return { code, out: terminal.out(), err: terminal.err(), ...server }
}

const creating: Answers = {
  'repositories.list': () => ({ items: [repository] }),
  'sessions.create': () => ({ session, task }),
}

test.each([
  [['bogus']],
  [[]],
  [['approve']],
  [['approve', 'a', 'b']],
  [['task', 'do it', '--mode', 'sideways']],
  [['task', 'do it', '--nonsense']],
  [['task', '--repo', 'app']],
  [['task', '   ', '--repo', 'app']],
  [['task', 'do it', '--no-wait', '--approve']],
  [['approve', task.id, '--merge', '--push']],
  [['tail', session.id, '--after', '-1']],
  [['sessions', 'list', '--limit', '0']],
  [['completion', 'powershell']],
  [['whoami', '--url', 'ftp://x']],
])('a call that cannot be meant ends with 2 and changes nothing: %j', async (words) => {
  const { code, out, calls } = await sluice(words)
  expect(code).toBe(2)
  expect(out).toBe('')
  expect(calls).toEqual([])
})

test.each([
  [['--json', 'xyzzy'], "unknown command 'xyzzy'"],
  [['approve', '--json'], "missing required argument 'task'"],
  [
    ['task', 'do it', '--mod', 'isolated', '--json'],
    "unknown option '--mod' (Did you mean --mode?)",
  ],
  [['--json'], 'Say which command; --help lists them.'],
])(
  'with --json a call that cannot be meant is told to the machine as well: %j',
  async (words, message) => {
    const { code, out, err } = await sluice(words)
    expect(code).toBe(2)
    expect(JSON.parse(out)).toEqual({ error: { code: 'usage', message } })
    expect(err).not.toBe('')
  },
)

test('what stands behind -- asks for nothing', async () => {
  const { code, out } = await sluice(['approve', '--', 'a', '--json'])
  expect(code).toBe(2)
  expect(out).toBe('')
})

test('help and its commands end well, on standard output', async () => {
  const { code, out } = await sluice(['task', '--help'])
  expect(code).toBe(0)
  expect(out).toContain('--no-wait')
  expect(out).toContain('--json')
})

test('every option of a task reaches the server', async () => {
  const words = 'task fix --repo app --base main --branch b --title t --mode in-place --model m'
  const { code, calls, out } = await sluice(
    [...words.split(' '), '--sandbox', 'worktree', '--provider', 'Own', '--no-wait'],
    {
      ...creating,
      'providers.list': () => ({ items: [{ id: 'prv_1', name: 'Own', kind: 'openai' }] }),
    },
  )
  expect(code).toBe(0)
  expect(out).toBe(`${task.id}\n`)
  expect(calls.at(-1)).toEqual([
    'sessions.create',
    {
      repositoryId: repository.id,
      prompt: 'fix',
      title: 't',
      baseBranch: 'main',
      branch: 'b',
      mode: 'in_place',
      modelId: 'm',
      providerId: 'prv_1',
      sandboxProvider: 'worktree',
    },
  ])
})

test('a prompt can come from standard input', async () => {
  const { calls } = await sluice(['task', '-', '--repo', 'app', '--no-wait'], creating, {
    input: 'line one\nline two\n',
  })
  expect(calls.at(-1)?.[1]).toMatchObject({ prompt: 'line one\nline two\n', mode: 'isolated' })
})

test('a folder that the workspace does not know is added; one that it knows is found', async () => {
  const unknown = await sluice(['task', 'x', '--repo', './elsewhere', '--no-wait'], {
    ...creating,
    'repositories.add': () => repository,
  })
  expect(unknown.calls).toContainEqual(['repositories.add', { path: '/nowhere/elsewhere' }])
  expect(unknown.err).toContain('Added app')
  const known = await sluice(['task', 'x', '--repo', '/srv/app', '--no-wait'], creating)
  expect(known.calls.map(([operation]) => operation)).not.toContain('repositories.add')
})

test('a name that several repositories have is refused with their ids', async () => {
  const twin = { ...repository, id: `rep_${hex('9')}` }
  const { code, err } = await sluice(['task', 'x', '--repo', 'app', '--no-wait'], {
    'repositories.list': () => ({ items: [repository, twin] }),
  })
  expect(code).toBe(2)
  expect(err).toContain(twin.id)
})

test('approving approves the tree that stands for review', async () => {
  const { code, calls } = await sluice(['approve', task.id, '--no-wait', '--push', '-m', 'words'], {
    'tasks.get': () => ({ ...task, change: { treeId: 'tree' } }),
    'sessions.get': () => session,
    'tasks.approve': () => ({ ...task, status: 'approved' }),
  })
  expect(code).toBe(0)
  expect(calls.at(-1)).toEqual([
    'tasks.approve',
    { taskId: task.id, treeId: 'tree', message: 'words', then: 'push' },
  ])
})

test('a session stands for its newest task, and SESSION#N for one of its tasks', async () => {
  const answers: Answers = {
    'sessions.get': () => ({ ...session, task }),
    'tasks.list': () => ({ items: [{ ...task, number: 2, id: `tsk_${hex('4')}` }, task] }),
    'tasks.cancel': () => task,
  }
  const newest = await sluice(['cancel', session.id], answers)
  expect(newest.calls.at(-1)).toEqual(['tasks.cancel', { taskId: task.id }])
  const second = await sluice(['cancel', `${session.id}#2`], answers)
  expect(second.calls.at(-1)).toEqual(['tasks.cancel', { taskId: `tsk_${hex('4')}` }])
  const ninth = await sluice(['cancel', `${session.id}#9`], answers)
  expect(ninth.code).toBe(4)
})

test('with --json, before or after the command, standard output is JSON alone', async () => {
  const answers: Answers = { 'inbox.list': () => ({ items: [], count: 0 }) }
  for (const words of [
    ['--json', 'inbox'],
    ['inbox', '--json'],
  ]) {
    const { code, out } = await sluice(words, answers)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ items: [] })
  }
  expect((await sluice(['inbox'], answers)).out).toBe('Nothing waits for you.\n')
})

test('a failure is said to the person and, with --json, to the machine', async () => {
  const { code, out, err } = await sluice(['whoami', '--json'], {
    'me.get': () => {
      throw new ApiError('forbidden', { message: 'not you' })
    },
  })
  expect(code).toBe(3)
  expect(JSON.parse(out)).toEqual({ error: { code: 'forbidden', message: 'not you' } })
  expect(err).toBe('sluice: not you\n')
})

test.each([
  ['unreachable', 6, 'Is Sluice running there?'],
  ['unauthenticated', 3, 'does not take this key'],
] as const)('%s is told with the server that is meant and what to do', async (code, exit, text) => {
  const ended = await sluice(['whoami', '--url', 'http://127.0.0.1:4999'], {
    'me.get': () => {
      throw new ApiError(code, { message: 'from afar' })
    },
  })
  expect(ended.code).toBe(exit)
  expect(ended.err).toContain('http://127.0.0.1:4999')
  expect(ended.err).toContain(text)
})

test('without a key nothing is sent', async () => {
  const { code, err, connections } = await sluice(['inbox'], {}, { key: undefined })
  expect(code).toBe(3)
  expect(err).toContain('sluice login')
  expect(connections).toEqual([])
})

test('a key never stands on the command line', async () => {
  const { code, err } = await sluice(['login', '--key', 'slk_secret'])
  expect(code).toBe(2)
  expect(err).toContain('--key -')
})

test('gates that hold the change back end the command with 5', async () => {
  const gate = {
    id: `grs_${hex('5')}`,
    name: 'tests',
    command: 'npm test',
    isBlocking: true,
    status: 'failed',
    round: 0,
    durationMs: 5,
    outputTail: 'boom',
    problem: null,
  }
  const withGates = (gates: unknown[]): Answers => ({ 'tasks.get': () => ({ ...task, gates }) })
  const failed = await sluice(['gates', task.id], withGates([gate]))
  expect(failed.code).toBe(5)
  expect(failed.out).toContain('boom')
  expect((await sluice(['gates', task.id], withGates([{ ...gate, isBlocking: false }]))).code).toBe(
    0,
  )
  expect((await sluice(['gates', task.id], withGates([{ ...gate, status: 'passed' }]))).code).toBe(
    0,
  )
})

test('a list is read over as many pages as its limit takes', async () => {
  const { out, calls } = await sluice(['tasks', 'list', '--limit', '201', '--json'], {
    'tasks.list': ({ limit, cursor }: { limit: number; cursor?: string }) => ({
      items: Array.from({ length: limit }, () => task),
      ...(cursor === undefined ? { nextCursor: 'more' } : { nextCursor: 'never' }),
    }),
  })
  expect((JSON.parse(out) as { items: unknown[] }).items).toHaveLength(201)
  expect(calls.map(([, input]) => input)).toMatchObject([
    { limit: 200 },
    { limit: 1, cursor: 'more' },
  ])
})
