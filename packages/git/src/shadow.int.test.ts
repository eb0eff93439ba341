import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pathFromBytes } from './path-text.ts'
import { openShadow } from './shadow.ts'
import type { Shadow } from './shadow.ts'
import { git, makeRepository, tempFolder, write } from './testing/repo.ts'

const PERSON = { name: 'Ada', email: 'ada@example.org' }

async function open(
  root: string,
  files?: Record<string, string | Uint8Array>,
): Promise<{ repo: string; shadow: Shadow; snap: () => Promise<string> }> {
  const repo = makeRepository(join(root, 'repo'), files)
  const shadow = await openShadow({ shadowPath: join(root, 'shadow'), repositoryPath: repo })
  const snap = async (): Promise<string> =>
    (await shadow.snapshotTree({ workTree: repo, indexFile: join(root, 'index') })).tree
  return { repo, shadow, snap }
}

test('a snapshot is the tree that git itself would commit, and nothing is written into the repository', async () => {
  await using temp = tempFolder()
  const { repo, snap } = await open(temp.path, {
    'a.txt': 'one\n',
    'dir/b.txt': 'b\n',
    '.gitignore': '*.log\n',
    'gone.txt': 'x',
  })
  write(repo, {
    'a.txt': 'two\n',
    'new file\n"q".txt': 'n',
    '-dash': 'd',
    'skip.log': 'ignored',
    'run.sh': '#!/bin/sh\n',
  })
  writeFileSync(Buffer.concat([Buffer.from(`${repo}/`), Buffer.of(0xff, 0xfe)]), 'bytes')
  chmodSync(join(repo, 'run.sh'), 0o755)
  rmSync(join(repo, 'gone.txt'))
  symlinkSync('/etc/passwd', join(repo, 'link'))
  const before =
    git(repo, 'count-objects', '-v') + readFileSync(join(repo, '.git/index')).toString('hex')
  const tree = await snap()
  expect(await snap()).toBe(tree)
  expect(
    git(repo, 'count-objects', '-v') + readFileSync(join(repo, '.git/index')).toString('hex'),
  ).toBe(before)
  git(repo, 'add', '-A')
  expect(git(repo, 'write-tree').trim()).toBe(tree)
})

test.each([
  [
    'a folder becomes a link',
    (repo: string) => (
      rmSync(join(repo, 'dir'), { recursive: true }),
      symlinkSync('/etc', join(repo, 'dir'))
    ),
  ],
  [
    'a folder becomes a link to a copy of itself',
    (repo: string) => (
      renameSync(join(repo, 'dir'), join(repo, 'moved')),
      symlinkSync('moved', join(repo, 'dir'))
    ),
  ],
  [
    'a folder becomes a file',
    (repo: string) => (
      rmSync(join(repo, 'dir'), { recursive: true }),
      writeFileSync(join(repo, 'dir'), 'x')
    ),
  ],
  [
    'a file becomes a folder',
    (repo: string) => (rmSync(join(repo, 'a.txt')), write(repo, { 'a.txt/b/c': 'x' })),
  ],
  [
    'a file becomes an empty folder',
    (repo: string) => (rmSync(join(repo, 'a.txt')), mkdirSync(join(repo, 'a.txt'))),
  ],
  ['only a mode changes', (repo: string) => chmodSync(join(repo, 'a.txt'), 0o755)],
  [
    'everything goes',
    (repo: string) => (rmSync(join(repo, 'dir'), { recursive: true }), rmSync(join(repo, 'a.txt'))),
  ],
])('a snapshot holds when %s', async (_, change) => {
  await using temp = tempFolder()
  const { repo, snap } = await open(temp.path, {
    'a.txt': 'one\n',
    'dir/b.txt': 'b\n',
    'dir/deep/c.txt': 'c\n',
  })
  await snap()
  change(repo)
  const tree = await snap()
  git(repo, 'add', '-A')
  expect(git(repo, 'write-tree').trim()).toBe(tree)
})

test('nested repositories are left out and named, and their config runs nothing', async () => {
  await using temp = tempFolder()
  const { repo, shadow } = await open(temp.path)
  const mark = join(temp.path, 'ran')
  const nested = makeRepository(join(repo, 'nested'))
  for (const key of ['core.fsmonitor', 'filter.x.clean'])
    git(nested, 'config', key, `touch ${mark}; cat`)
  write(nested, { '.gitattributes': '* filter=x', 'a.txt': 'changed' })
  write(repo, { '.gitattributes': '* filter=x\n' })
  git(repo, 'config', 'filter.x.clean', `touch ${mark}; cat`)
  const { tree, embedded } = await shadow.snapshotTree({
    workTree: repo,
    indexFile: join(temp.path, 'index'),
  })
  expect(embedded).toEqual(['nested'])
  expect((await shadow.listTree(tree)).map(({ path }) => path)).toEqual(['.gitattributes', 'a.txt'])
  expect(existsSync(mark)).toBe(false)
})

test('a submodule keeps its commit, and a file that is too large is refused by name', async () => {
  await using temp = tempFolder()
  const { repo, shadow, snap } = await open(temp.path)
  git(
    repo,
    '-c',
    'protocol.file.allow=always',
    'submodule',
    '--quiet',
    'add',
    makeRepository(join(temp.path, 'lib')),
    'lib',
  )
  git(repo, 'commit', '-q', '-am', 'lib')
  write(join(repo, 'lib'), { 'a.txt': 'dirty' })
  await expect(
    shadow.snapshotTree({ workTree: repo, indexFile: join(temp.path, 'index2'), maxFileBytes: 2 }),
  ).rejects.toMatchObject({ code: 'file_too_large' })
  // Seeded from HEAD, as a workspace's index is.
  git(repo, 'read-tree', `--index-output=${join(repo, '.git/copy')}`, 'HEAD')
  renameSync(join(repo, '.git/copy'), join(temp.path, 'index'))
  expect(await snap()).toBe(git(repo, 'rev-parse', 'HEAD^{tree}').trim())
})

test('changed files carry status, modes, sizes, line counts, renames and binary flags', async () => {
  await using temp = tempFolder()
  const text = Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join('')
  const { repo, shadow, snap } = await open(temp.path, {
    'old name.txt': text,
    'mode.sh': 'x\n',
    'gone.txt': 'a\nb\n',
    'bin.dat': Uint8Array.of(0, 1),
    type: 'file\n',
  })
  const head = await shadow.resolveCommit('HEAD')
  renameSync(join(repo, 'old name.txt'), join(repo, 'new\nname.txt'))
  write(repo, {
    'new\nname.txt': `${text}more\n`,
    'bin.dat': Uint8Array.of(0, 2, 3),
    'added.txt': 'one\ntwo',
  })
  chmodSync(join(repo, 'mode.sh'), 0o755)
  rmSync(join(repo, 'gone.txt'))
  rmSync(join(repo, 'type'))
  symlinkSync('mode.sh', join(repo, 'type'))
  const tree = await snap()
  const files = await shadow.changedFiles(head, tree)
  expect(Object.fromEntries(files.map((file) => [file.path, file]))).toMatchObject({
    'added.txt': { status: 'A', additions: 2, deletions: 0, oldSizeBytes: null, newSizeBytes: 7 },
    'bin.dat': { status: 'M', isBinary: true, oldSizeBytes: 2, newSizeBytes: 3 },
    'gone.txt': { status: 'D', deletions: 2, newMode: null },
    'mode.sh': { status: 'M', oldMode: '100644', newMode: '100755', additions: 0, deletions: 0 },
    'new\nname.txt': { status: 'R', oldPath: 'old name.txt', additions: 1, deletions: 0 },
    type: { status: 'T', newMode: '120000' },
  })
  expect((await shadow.filePatch(head, tree, 'added.txt')).patch).toBe(
    '@@ -0,0 +1,2 @@\n+one\n+two\n\\ No newline at end of file\n',
  )
  expect((await shadow.filePatch(head, tree, 'new\nname.txt', { context: 0 })).patch).toBe(
    '@@ -30,0 +31 @@ line 29\n+more\n',
  )
  expect((await shadow.filePatch(head, tree, 'mode.sh')).patch).toBe('')
  expect((await shadow.filePatch(head, tree, 'bin.dat')).patch).toBe('')
  await expect(shadow.filePatch(head, tree, 'unchanged')).rejects.toMatchObject({
    code: 'path_not_found',
  })
})

test('white space can be left out of a patch and a long patch is cut at a line end', async () => {
  await using temp = tempFolder()
  const { repo, shadow, snap } = await open(temp.path, { 'a.txt': 'a\nb\n', 'big.txt': '' })
  const head = await shadow.resolveCommit('HEAD')
  write(repo, { 'a.txt': '  a\nb\n', 'big.txt': 'x'.repeat(99).concat('\n').repeat(20_000) })
  const tree = await snap()
  expect((await shadow.filePatch(head, tree, 'a.txt', { ignoreWhitespace: true })).patch).toBe('')
  const { patch, isCut } = await shadow.filePatch(head, tree, 'big.txt', { maxBytes: 10_000 })
  expect(isCut).toBe(true)
  expect(patch.length).toBeLessThanOrEqual(10_000)
  expect(patch.endsWith('x\n')).toBe(true)
})

test('files are read by any name, up to a limit', async () => {
  await using temp = tempFolder()
  const { repo, shadow, snap } = await open(temp.path, {
    'line\nend "q"': 'content',
    ':(top)x': 'magic',
  })
  const raw = Buffer.of(0x66, 0xff)
  writeFileSync(Buffer.concat([Buffer.from(`${repo}/`), raw]), 'raw')
  const tree = await snap()
  expect((await shadow.readBlob(tree, 'line\nend "q"')).bytes.toString()).toBe('content')
  expect((await shadow.readBlob(tree, ':(top)x')).bytes.toString()).toBe('magic')
  expect((await shadow.readBlob(tree, pathFromBytes(raw))).bytes.toString()).toBe('raw')
  await expect(shadow.readBlob(tree, 'line\nend "q"', { maxBytes: 3 })).rejects.toMatchObject({
    code: 'file_too_large',
  })
  for (const path of ['nothing', '', '../x', 'a\0b'])
    await expect(shadow.readBlob(tree, path)).rejects.toMatchObject({ code: 'path_not_found' })
})

test('merges trees three ways and names conflicts by path', async () => {
  await using temp = tempFolder()
  const { repo, shadow, snap } = await open(temp.path, {
    'a.txt': '1\n2\n3\n4\n5\n',
    'b\n.txt': 'b\n',
  })
  const base = await snap()
  write(repo, { 'a.txt': 'ONE\n2\n3\n4\n5\n' })
  const ours = await snap()
  write(repo, { 'a.txt': '1\n2\n3\n4\nFIVE\n', 'b\n.txt': 'theirs\n' })
  const theirs = await snap()
  const merged = await shadow.mergeTrees({ base, ours, theirs })
  expect((await shadow.readBlob(merged.tree ?? '', 'a.txt')).bytes.toString()).toBe(
    'ONE\n2\n3\n4\nFIVE\n',
  )
  write(repo, { 'a.txt': 'UNO\n2\n3\n4\n5\n' })
  rmSync(join(repo, 'b\n.txt'))
  const other = await snap()
  const { conflicts } = await shadow.mergeTrees({ base, ours: other, theirs: merged.tree ?? '' })
  expect(conflicts?.paths.sort()).toEqual(['a.txt', 'b\n.txt'])
  expect(conflicts?.conflicts.map(({ kind }) => kind).sort()).toEqual([
    'CONFLICT (contents)',
    'CONFLICT (modify/delete)',
  ])
})

test('commits are the same for the same input and take any name', async () => {
  await using temp = tempFolder()
  const { shadow, snap } = await open(temp.path)
  const tree = await snap()
  const make = (name: string): Promise<string> =>
    shadow.commitTree({
      tree,
      parents: [],
      message: '--evil "message"\n\nline',
      author: { name, email: 'a@b' },
      committer: PERSON,
      at: new Date('2024-05-06T07:08:09Z'),
    })
  expect(await make('Ada')).toBe(await make('Ada'))
  expect(
    git(shadow.path, 'log', '-1', '--format=%an|%ae|%aI|%cI|%B', await make('A <x> B\n')).trim(),
  ).toBe('A x B|a@b|2024-05-06T07:08:09+00:00|2024-05-06T07:08:09+00:00|--evil "message"\n\nline')
  expect(git(shadow.path, 'log', '-1', '--format=%an', await make('...')).trim()).toBe('Unknown')
})

test('hidden refs keep objects, and dropping twice is fine', async () => {
  await using temp = tempFolder()
  const { shadow, snap } = await open(temp.path)
  const tree = await snap()
  await shadow.keep('checkpoints/s1/1', tree)
  await shadow.keep('checkpoints/s1/1', tree)
  expect(await shadow.listKept('checkpoints/s1/')).toEqual([
    { name: 'checkpoints/s1/1', oid: tree },
  ])
  // Left by a killed git.
  write(shadow.path, { 'refs/sluice/checkpoints/s1/1.lock': '' })
  const old = new Date(Date.now() - 60_000)
  utimesSync(join(shadow.path, 'refs/sluice/checkpoints/s1/1.lock'), old, old)
  await shadow.drop('checkpoints/s1/1')
  await shadow.drop('checkpoints/s1/1')
  expect(await shadow.listKept()).toEqual([])
})

test('opens again, follows a moved repository, and says what it cannot serve', async () => {
  await using temp = tempFolder()
  const { repo } = await open(temp.path)
  renameSync(repo, join(temp.path, 'moved'))
  const [shadow] = await Promise.all(
    [1, 2, 3].map(() =>
      openShadow({
        shadowPath: join(temp.path, 'shadow'),
        repositoryPath: join(temp.path, 'moved'),
      }),
    ),
  )
  expect(await shadow?.resolveCommit('main')).toMatch(/^[0-9a-f]{40}$/)
  for (const ref of ['nope', '--all', 'a..b'])
    await expect(shadow?.resolveCommit(ref)).rejects.toMatchObject({ code: 'bad_ref' })
  const empty = makeRepository(join(temp.path, 'empty'), {})
  const other = await openShadow({ shadowPath: join(temp.path, 'shadow2'), repositoryPath: empty })
  await expect(other.resolveCommit('HEAD')).rejects.toMatchObject({ code: 'no_commit' })
  git(empty, 'config', 'extensions.partialClone', 'origin')
  git(empty, 'config', 'core.repositoryformatversion', '1')
  await expect(
    openShadow({ shadowPath: join(temp.path, 'shadow3'), repositoryPath: empty }),
  ).rejects.toMatchObject({ code: 'unsupported_repository' })
})

test('serves a shallow clone, a SHA-256 repository and line-end settings of the user', async () => {
  await using temp = tempFolder()
  const { repo } = await open(temp.path)
  git(repo, 'commit', '-q', '--allow-empty', '-m', 'two')
  git(temp.path, 'clone', '-q', '--depth=1', `file://${repo}`, 'shallow')
  const shallow = await openShadow({
    shadowPath: join(temp.path, 's1'),
    repositoryPath: join(temp.path, 'shallow'),
  })
  const head = await shallow.resolveCommit('HEAD')
  expect(git(shallow.path, 'log', '--format=%s', head).trim()).toBe('two')
  git(temp.path, 'init', '-q', '--object-format=sha256', 'big')
  write(join(temp.path, 'big'), { 'a.txt': 'a' })
  const big = await openShadow({
    shadowPath: join(temp.path, 's2'),
    repositoryPath: join(temp.path, 'big'),
  })
  expect(
    (await big.snapshotTree({ workTree: join(temp.path, 'big'), indexFile: join(temp.path, 'i2') }))
      .tree,
  ).toMatch(/^[0-9a-f]{64}$/)
  git(repo, 'config', 'core.autocrlf', 'true')
  write(repo, { 'a.txt': 'one\r\n' })
  const same = await openShadow({ shadowPath: join(temp.path, 's3'), repositoryPath: repo })
  expect((await same.snapshotTree({ workTree: repo, indexFile: join(temp.path, 'i3') })).tree).toBe(
    git(repo, 'rev-parse', 'HEAD^{tree}').trim(),
  )
})

test('a file is found by its path in a tree, links inside it followed, and nothing else is', async () => {
  await using temp = tempFolder()
  const { repo, shadow, snap } = await open(temp.path, { 'AGENTS.md': 'Be kind.', 'folder/x': 'x' })
  symlinkSync('AGENTS.md', join(repo, 'CLAUDE.md'))
  symlinkSync('/etc/passwd', join(repo, 'out'))
  symlinkSync('loop', join(repo, 'loop'))
  symlinkSync('nowhere', join(repo, 'dangling'))
  const tree = await snap()
  const find = async (path: string, maxBytes = 100) =>
    (await shadow.findFile(tree, path, { maxBytes }))?.toString()
  expect(await find('AGENTS.md')).toBe('Be kind.')
  expect(await find('CLAUDE.md')).toBe('Be kind.')
  expect(await find('AGENTS.md', 8)).toBe('Be kind.')
  expect(await find('AGENTS.md', 7)).toBeUndefined()
  for (const path of ['missing', 'folder', 'out', 'loop', 'dangling'])
    expect(await find(path)).toBeUndefined()
  for (const path of ['../secret', './AGENTS.md', '/etc/passwd', 'a\0b'])
    await expect(find(path)).rejects.toMatchObject({ code: 'path_not_found' })
})
