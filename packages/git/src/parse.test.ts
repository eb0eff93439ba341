import { expect, test } from 'vitest'
import { readNumstat, readRaw } from './diff-parse.ts'
import { codeFromStderr, errorFromGit, withoutPasswords } from './explain.ts'
import { progressReader, readProgressLine } from './progress.ts'
import { parseStatus } from './status-parse.ts'

const nul = (...fields: string[]): Buffer =>
  Buffer.from(fields.map((field) => `${field}\0`).join(''), 'latin1')

test('progress lines are read with their units', () => {
  expect(readProgressLine('Receiving objects:  42% (420/1000), 1.50 MiB | 2.00 MiB/s')).toEqual({
    phase: 'receiving objects',
    percent: 42,
    done: 420,
    total: 1000,
    bytes: 1_572_864,
    bytesPerSecond: 2_097_152,
  })
  expect(readProgressLine('remote: Counting objects: 7, done.')).toMatchObject({
    phase: 'counting objects',
    percent: null,
    done: 7,
  })
  expect(readProgressLine("Cloning into '/x'...")).toBeUndefined()
})

test('progress is read however the chunks are cut', () => {
  const text =
    'Receiving objects:  10% (1/10)\rReceiving objects: 100% (10/10), done.\nResolving deltas:   0% (0/3)\r'
  for (let size = 1; size < text.length; size += 1) {
    const seen: string[] = []
    const read = progressReader(({ phase, percent }) => seen.push(`${phase} ${percent}`))
    for (let at = 0; at < text.length; at += size) read(Buffer.from(text.slice(at, at + size)))
    expect(seen).toEqual(['receiving objects 10', 'receiving objects 100', 'resolving deltas 0'])
  }
})

test.each([
  ['fatal: not a git repository (or any of the parent directories): .git', 'not_a_repository'],
  ["fatal: detected dubious ownership in repository at '/x'", 'dubious_ownership'],
  ["fatal: Unable to create '/x/.git/index.lock': File exists.", 'repository_locked'],
  ["fatal: cannot lock ref 'refs/heads/a': is at 1 but expected 2", 'ref_moved'],
  [
    "fatal: cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'",
    'ref_exists',
  ],
  ['fatal: write error: No space left on device', 'disk_full'],
  ["fatal: Authentication failed for 'https://h/'", 'auth_failed'],
  ["fatal: could not read Username for 'https://h': terminal prompts disabled", 'auth_failed'],
  [
    'git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.',
    'auth_failed',
  ],
  ["fatal: unable to access 'https://h/': Could not resolve host: h", 'network'],
  ['To h\n ! [rejected] a -> a (fetch first)\nerror: failed to push some refs', 'remote_rejected'],
  ['something else', 'command_failed'],
])('%j means %s', (stderr, code) => {
  expect(codeFromStderr(stderr)).toBe(code)
})

test('errors carry what git said without passwords', () => {
  const error = errorFromGit(
    'git fetch',
    128,
    "fatal: unable to access 'https://me:secret@h/x': Could not resolve host",
  )
  expect(error.message).not.toContain('secret')
  expect(error.stderr).not.toContain('secret')
  expect(withoutPasswords('https://me:s@h/a ssh://u@h/b')).toBe('https://h/a ssh://h/b')
})

test('status entries are counted, renames once', () => {
  const parsed = parseStatus(
    nul(
      '# branch.oid abc',
      '# branch.head my branch',
      '# branch.upstream origin/main',
      '# branch.ab +2 -3',
      '1 M. N... 100644 100644 100644 a b staged file',
      '1 .M N... 100644 100644 100644 a b x',
      '1 MM N... 100644 100644 100644 a b y',
      '2 R. N... 100644 100644 100644 a b R100 new name',
      'old name',
      'u UU N... 100644 100644 100644 100644 a b c z',
      '? ? strange',
    ),
  )
  expect(parsed).toEqual({
    branch: 'my branch',
    upstream: 'origin/main',
    ahead: 2,
    behind: 3,
    changedFiles: 6,
    counts: { staged: 3, unstaged: 2, untracked: 1, conflicted: 1 },
  })
})

test('raw and numstat parts of a diff are told apart', () => {
  const one = '1'.repeat(40)
  const none = '0'.repeat(40)
  const { entries, rest } = readRaw(
    nul(
      `:000000 100755 ${none} ${one} A`,
      'new\n:file',
      `:100644 100644 ${one} ${one} R090`,
      'from',
      'to',
      '1\t0\tnew\n:file',
      '-\t-\t',
      'from',
      'to',
    ),
  )
  expect(entries).toMatchObject([
    { status: 'A', path: 'new\n:file', oldOid: null, oldMode: null, newMode: '100755' },
    { status: 'R', path: 'to', oldPath: 'from', similarity: 90 },
  ])
  expect(readNumstat(rest)).toEqual(
    new Map([
      ['new\n:file', { additions: 1, deletions: 0, isBinary: false }],
      ['to', { additions: 0, deletions: 0, isBinary: true }],
    ]),
  )
})
