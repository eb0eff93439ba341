/** File operations of every sandbox, above all that no path and no link leads out. */
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mebibyte, oneOfEach, openFresh } from './behaviour.fixture.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')
const timeoutMs = 60_000

describe.each(oneOfEach)('files of a sandbox of $title', (subject) => {
  it('writes, reads, describes, lists and removes', async () => {
    await using opened = await openFresh(subject)
    const { sandbox, workTree } = opened
    await sandbox.writeFile('a/b/ç "x"\n.txt', 'hello')
    expect(text(await sandbox.readFile('a/b/ç "x"\n.txt'))).toBe('hello')
    expect(text(await sandbox.readFile(`${sandbox.root}/a/../a/b/ç "x"\n.txt`))).toBe('hello')
    expect(await readFile(join(workTree, 'a', 'b', 'ç "x"\n.txt'), 'utf8')).toBe('hello')
    expect(await sandbox.stat('a')).toMatchObject({ kind: 'directory' })
    expect(await sandbox.stat('a/b/ç "x"\n.txt')).toMatchObject({
      kind: 'file',
      sizeBytes: 5,
      mode: 0o644,
    })
    expect(await sandbox.stat('missing/deep')).toBeUndefined()
    expect(await sandbox.stat('.')).toMatchObject({ kind: 'directory' })
    expect(
      (await sandbox.list('.', { limit: 10, recursive: true })).entries.map(({ path }) => path),
    ).toEqual(['a', 'a/b', 'a/b/ç "x"\n.txt'])
    await sandbox.removeFile('a/b/ç "x"\n.txt')
    expect(await readdir(join(workTree, 'a', 'b'))).toEqual([])
    await expect(sandbox.readFile('a/b/ç "x"\n.txt')).rejects.toMatchObject({
      name: 'SandboxError',
      code: 'not_found',
    })
  })

  it('carries bytes unchanged, large ones too', async () => {
    await using opened = await openFresh(subject)
    const bytes = Buffer.from(
      Array.from({ length: 20 * mebibyte }, (_, index) => (index * 7) % 256),
    )
    await opened.sandbox.writeFile('big', bytes)
    expect(
      Buffer.compare(
        Buffer.from(await opened.sandbox.readFile('big', { maxBytes: 30 * mebibyte })),
        bytes,
      ),
    ).toBe(0)
    await expect(opened.sandbox.readFile('big')).rejects.toMatchObject({ code: 'too_large' })
    await expect(
      opened.sandbox.writeFile('bigger', Buffer.alloc(65 * mebibyte)),
    ).rejects.toMatchObject({ code: 'too_large' })
  })

  it('sees what commands wrote at once, and commands see what it wrote', async () => {
    await using opened = await openFresh(subject)
    await opened.sandbox.writeFile('run.sh', '#!/bin/sh\necho from file > out\n', {
      executable: true,
    })
    expect(await opened.sandbox.exec({ argv: ['./run.sh'] }, { timeoutMs })).toMatchObject({
      exitCode: 0,
    })
    expect(text(await opened.sandbox.readFile('out'))).toBe('from file\n')
  })

  it('keeps a file’s mode unless told otherwise', async () => {
    await using opened = await openFresh(subject)
    await writeFile(join(opened.workTree, 'tool'), 'old')
    await chmod(join(opened.workTree, 'tool'), 0o750)
    await opened.sandbox.writeFile('tool', 'new')
    expect((await stat(join(opened.workTree, 'tool'))).mode & 0o777).toBe(0o750)
    await opened.sandbox.writeFile('tool', 'new', { executable: false })
    expect((await stat(join(opened.workTree, 'tool'))).mode & 0o777).toBe(0o640)
  })

  it('refuses paths that lead out', async () => {
    await using opened = await openFresh(subject)
    const { sandbox, outside } = opened
    await writeFile(join(outside, 'secret'), 'secret')
    for (const path of [
      '../x',
      'a/../../x',
      '/etc/passwd',
      join(outside, 'secret'),
      `${sandbox.root}-other/x`,
    ]) {
      await expect(sandbox.readFile(path), path).rejects.toMatchObject({ code: 'path_outside' })
      await expect(sandbox.writeFile(path, 'x'), path).rejects.toMatchObject({
        code: 'path_outside',
      })
      await expect(sandbox.removeFile(path), path).rejects.toMatchObject({ code: 'path_outside' })
      await expect(sandbox.list(path, { limit: 1 }), path).rejects.toMatchObject({
        code: 'path_outside',
      })
      await expect(sandbox.stat(path), path).rejects.toMatchObject({ code: 'path_outside' })
    }
    await expect(sandbox.readFile('a\0b')).rejects.toMatchObject({ code: 'invalid_options' })
    await expect(sandbox.readFile('.')).rejects.toMatchObject({ code: 'not_a_file' })
    await expect(sandbox.writeFile('.', 'x')).rejects.toMatchObject({ code: 'not_a_file' })
  })

  it('follows links only as far as they stay inside', async () => {
    await using opened = await openFresh(subject)
    const { sandbox, workTree, outside } = opened
    await writeFile(join(outside, 'secret'), 'secret')
    await mkdir(join(workTree, 'real'))
    await writeFile(join(workTree, 'real', 'file'), 'inside')
    await symlink('real/file', join(workTree, 'near'))
    await symlink('real', join(workTree, 'folder'))
    await symlink(join(outside, 'secret'), join(workTree, 'far'))
    await symlink(outside, join(workTree, 'far-folder'))
    await symlink('/etc/passwd', join(workTree, 'system'))
    await symlink('../../../../../../etc', join(workTree, 'up'))
    await symlink('loop', join(workTree, 'loop'))
    await symlink('../new-outside', join(workTree, 'new'))

    expect(text(await sandbox.readFile('near'))).toBe('inside')
    expect(text(await sandbox.readFile('folder/file'))).toBe('inside')
    await sandbox.writeFile('near', 'changed')
    expect(await readFile(join(workTree, 'real', 'file'), 'utf8')).toBe('changed')
    expect((await lstat(join(workTree, 'near'))).isSymbolicLink()).toBe(true)
    expect((await sandbox.list('folder', { limit: 5 })).entries.map(({ path }) => path)).toEqual([
      'file',
    ])

    const refused = { code: expect.stringMatching(/^(path_outside|not_found)$/) as unknown }
    for (const path of ['far', 'far-folder/secret', 'system', 'up/passwd', 'loop', 'new']) {
      await expect(sandbox.readFile(path), path).rejects.toMatchObject(refused)
      await expect(sandbox.writeFile(path, 'x'), path).rejects.toMatchObject(refused)
    }
    await expect(sandbox.writeFile('far-folder/planted', 'x')).rejects.toMatchObject(refused)
    await expect(sandbox.writeFile('far-folder/deep/planted', 'x')).rejects.toMatchObject(refused)
    await expect(sandbox.removeFile('far-folder/secret')).rejects.toMatchObject(refused)
    await expect(sandbox.list('far-folder', { limit: 5 })).rejects.toMatchObject(refused)
    expect(await sandbox.stat('far')).toMatchObject({ kind: 'symlink' })
    expect(
      (await sandbox.list('.', { limit: 100, recursive: true })).entries.map(({ path }) => path),
    ).toEqual([
      'far',
      'far-folder',
      'folder',
      'loop',
      'near',
      'new',
      'real',
      'real/file',
      'system',
      'up',
    ])

    await sandbox.removeFile('far')
    expect(await readdir(outside)).toEqual(['secret'])
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret')
  })

  it('is not led out by a command that swaps a folder for a link meanwhile', async () => {
    await using opened = await openFresh(subject)
    const { sandbox, outside } = opened
    await mkdir(join(opened.workTree, 'flip'))
    const controller = new AbortController()
    const started = Promise.withResolvers<void>()
    const script =
      'mkdir real; echo go; while :; do mv flip away && ln -s "$1" flip; rm -f flip; mv away flip; done'
    const swapping = sandbox.exec(
      { argv: ['sh', '-c', script, 'sh', outside] },
      { timeoutMs, signal: controller.signal, onOutput: () => started.resolve() },
    )
    await started.promise
    let written = 0
    // At least so many, and until one found the folder in its place: the swapping may be the faster one for a while.
    for (let round = 0; round < 150 || written === 0; round += 1) {
      await sandbox.writeFile(`flip/f${round}`, 'x').then(
        () => (written += 1),
        (error: unknown) => expect(error).toMatchObject({ name: 'SandboxError' }),
      )
    }
    controller.abort()
    await swapping
    expect(await readdir(outside)).toEqual([])
  })

  it('does not hang on a named pipe or a device', async () => {
    await using opened = await openFresh(subject)
    await opened.sandbox.exec({ argv: ['mkfifo', 'pipe'] }, { timeoutMs })
    await expect(opened.sandbox.readFile('pipe')).rejects.toMatchObject({ code: 'not_a_file' })
    await expect(opened.sandbox.writeFile('pipe', 'x')).rejects.toMatchObject({
      code: 'not_a_file',
    })
    expect(await opened.sandbox.stat('pipe')).toMatchObject({ kind: 'other' })
  })

  it('stops a listing at its limit and leaves the git folder out', async () => {
    await using opened = await openFresh(subject, {
      prepare: async (workTree) =>
        mkdir(join(workTree, '.git', 'hooks'), { recursive: true }).then(() => undefined),
    })
    const { sandbox } = opened
    for (const name of ['c', 'a', 'b']) await sandbox.writeFile(`${name}/x`, '')
    expect(await sandbox.list('', { limit: 3, recursive: true })).toMatchObject({
      truncated: true,
      entries: [{ path: 'a' }, { path: 'b' }, { path: 'c' }],
    })
    expect((await sandbox.list('.', { limit: 6, recursive: true })).truncated).toBe(false)
    await expect(sandbox.list('a/x', { limit: 3 })).rejects.toMatchObject({
      code: 'not_a_directory',
    })
    await expect(sandbox.list('none', { limit: 3 })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('does not write into the git folder', async () => {
    await using opened = await openFresh(subject, {
      prepare: async (workTree) =>
        mkdir(join(workTree, '.git', 'hooks'), { recursive: true }).then(() => undefined),
    })
    const { sandbox, workTree } = opened
    await symlink('.git', join(workTree, 'innocent'))
    for (const path of [
      '.git/hooks/pre-commit',
      '.GIT/hooks/pre-commit',
      'innocent/hooks/pre-commit',
      './x/../.git/config',
    ]) {
      await expect(sandbox.writeFile(path, 'x'), path).rejects.toMatchObject({
        code: 'read_only',
      })
    }
    expect(await readdir(join(workTree, '.git', 'hooks'))).toEqual([])
  })

  it('answers many at once, each with its own', async () => {
    await using opened = await openFresh(subject)
    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        opened.sandbox.writeFile(`n${index}`, String(index)),
      ),
    )
    const read = await Promise.all(
      Array.from({ length: 200 }, (_, index) => opened.sandbox.readFile(`n${index}`)),
    )
    expect(read.map(text)).toEqual(Array.from({ length: 200 }, (_, index) => String(index)))
  })

  it('stops waiting when cancelled', async () => {
    await using opened = await openFresh(subject)
    await expect(
      opened.sandbox.readFile('x', { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'aborted' })
  })
})
