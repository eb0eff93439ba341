/** What every sandbox does, whichever provider made it. Skips say why. */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  mebibyte,
  openFresh,
  processesWith,
  secret,
  subjects,
  uniqueSleep,
} from './behaviour.fixture.ts'
import type { OutputChunk } from './sandbox.ts'

const noLimit =
  'nothing limits this here: no control groups, and the kernel exempts root (check() says so)'

describe.each(subjects)('a sandbox of $title', (subject) => {
  const timeoutMs = 60_000

  it('says that it is available and what holds', async () => {
    await using opened = await openFresh(subject)
    const check = await opened.provider.check()
    expect(check).toMatchObject({ available: true })
    if (check.available && subject.usesCgroups)
      expect(check.limits).toMatchObject({ memory: 'sandbox', processes: 'sandbox' })
    if (check.available && !subject.usesCgroups)
      expect(check.limits).toMatchObject({ memory: 'sampled' })
    expect(opened.provider.isolates).toBe(subject.isolates)
  })

  it('runs a command in the work tree and gives both streams and the exit code', async () => {
    await using opened = await openFresh(subject)
    const chunks: OutputChunk[] = []
    const result = await opened.sandbox.exec(
      { shell: 'pwd; echo bad >&2; exit 7' },
      { timeoutMs, onOutput: (chunk) => chunks.push(chunk) },
    )
    expect(result).toMatchObject({
      exitCode: 7,
      timedOut: false,
      cancelled: false,
      outOfMemory: false,
      truncated: false,
    })
    expect(result.output).toContain(`${opened.sandbox.root}\n`)
    expect(
      chunks
        .filter(({ stream }) => stream === 'stderr')
        .map(({ text }) => text)
        .join(''),
    ).toBe('bad\n')
  })

  it('passes arguments as they are, not through a shell', async () => {
    await using opened = await openFresh(subject)
    const odd = 'a b\n"$HOME" \'; touch x; # --'
    const result = await opened.sandbox.exec(
      { argv: ['printf', '%s|', odd, '-n', ''] },
      { timeoutMs },
    )
    expect(result.output).toBe(`${odd}|-n||`)
  })

  it('reports a missing program, a signal, and a folder that is not there', async () => {
    await using opened = await openFresh(subject)
    expect(await opened.sandbox.exec({ argv: ['no-such-program'] }, { timeoutMs })).toMatchObject({
      exitCode: 127,
    })
    expect(await opened.sandbox.exec({ shell: 'kill -9 $$' }, { timeoutMs })).toMatchObject({
      exitCode: 137,
      signalName: 'SIGKILL',
      outOfMemory: false,
    })
    await expect(
      opened.sandbox.exec({ argv: ['true'] }, { timeoutMs, cwd: 'missing' }),
    ).rejects.toMatchObject({ code: 'start_failed' })
    await expect(
      opened.sandbox.exec({ argv: ['true'] }, { timeoutMs, cwd: '../..' }),
    ).rejects.toMatchObject({ code: 'path_outside' })
    await expect(opened.sandbox.exec({ argv: [] }, { timeoutMs })).rejects.toMatchObject({
      code: 'invalid_options',
    })
    await expect(
      opened.sandbox.exec({ argv: ['true'] }, { timeoutMs, env: { 'A=B': 'c' } }),
    ).rejects.toMatchObject({ code: 'invalid_options' })
  })

  it('feeds standard input, and gives none where none is given', async () => {
    await using opened = await openFresh(subject)
    const big = 'x'.repeat(3 * mebibyte)
    expect(
      (await opened.sandbox.exec({ argv: ['wc', '-c'] }, { timeoutMs, stdin: big })).output.trim(),
    ).toBe(String(big.length))
    expect((await opened.sandbox.exec({ argv: ['wc', '-c'] }, { timeoutMs })).output.trim()).toBe(
      '0',
    )
    expect(await opened.sandbox.exec({ argv: ['true'] }, { timeoutMs, stdin: big })).toMatchObject({
      exitCode: 0,
    })
  })

  it('shows commands none of the server’s environment, and all that was asked for', async () => {
    process.env[secret.name] = secret.value
    try {
      await using opened = await openFresh(subject, {
        env: { FROM_SANDBOX: 'one', BOTH: 'sandbox' },
      })
      const { output } = await opened.sandbox.exec(
        { shell: subject.isolates ? 'env; cat /proc/*/environ' : 'env' },
        { timeoutMs, env: { BOTH: 'command' } },
      )
      expect(output).not.toContain(secret.value)
      expect(output).toContain('FROM_SANDBOX=one\n')
      expect(output).toContain('BOTH=command\n')
      expect(output).not.toMatch(/^(npm_|VITEST|NODE_OPTIONS)/m)
    } finally {
      delete process.env[secret.name]
    }
  })

  it('never lets a command’s environment act on the steps outside its walls', async () => {
    await using opened = await openFresh(subject)
    const result = await opened.sandbox.exec(
      { argv: ['echo', 'ran'] },
      {
        timeoutMs,
        env: { ENV: '/nonexistent', BASH_ENV: '/nonexistent', LD_LIBRARY_PATH: '/nonexistent' },
      },
    )
    expect(result).toMatchObject({ exitCode: 0, output: 'ran\n' })
  })

  it('finds node', async () => {
    await using opened = await openFresh(subject)
    expect((await opened.sandbox.exec({ argv: ['node', '-p', '1+1'] }, { timeoutMs })).output).toBe(
      '2\n',
    )
  })

  it('keeps /tmp from one command to the next', async (context) => {
    context.skip(!subject.isolates, 'without isolation /tmp is the machine’s own')
    await using opened = await openFresh(subject)
    await opened.sandbox.exec({ shell: 'echo kept > /tmp/note' }, { timeoutMs })
    expect((await opened.sandbox.exec({ shell: 'cat /tmp/note' }, { timeoutMs })).output).toBe(
      'kept\n',
    )
  })

  it('cuts long output in the middle, keeps it whole in a file up to a cap, and does not grow', async () => {
    await using opened = await openFresh(subject)
    const outputFile = join(opened.outside, 'whole.txt')
    const before = process.memoryUsage().rss
    const chunks: OutputChunk[] = []
    const result = await opened.sandbox.exec(
      { shell: 'echo first; head -c 200000000 /dev/zero | tr "\\0" "z"; echo; echo last' },
      {
        timeoutMs,
        outputFile,
        maxOutputBytes: 10_000,
        maxOutputFileBytes: 5 * mebibyte,
        maxStreamedBytes: mebibyte,
        onOutput: (chunk) => chunks.push(chunk),
      },
    )
    expect(result).toMatchObject({ exitCode: 0, truncated: true, outputBytes: 200_000_012 })
    expect(result.output).toMatch(/^first\nz+\n\[… 199990012 bytes left out …\]\nz+\nlast\n$/)
    expect((await stat(outputFile)).size).toBeGreaterThanOrEqual(5 * mebibyte)
    expect((await stat(outputFile)).size).toBeLessThan(5 * mebibyte + 200)
    expect(chunks.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(mebibyte + 200)
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * mebibyte)
  })

  it('keeps characters whole that come in pieces', async () => {
    await using opened = await openFresh(subject)
    const chunks: string[] = []
    const script =
      'const b=Buffer.from("ä€😀".repeat(3));(async()=>{for(const x of b){process.stdout.write(Buffer.from([x]));await new Promise(r=>setImmediate(r))}})()'
    const result = await opened.sandbox.exec(
      { argv: ['node', '-e', script] },
      { timeoutMs, onOutput: ({ text }) => chunks.push(text) },
    )
    expect(result.output).toBe('ä€😀'.repeat(3))
    expect(chunks.join('')).toBe('ä€😀'.repeat(3))
    expect(chunks.join('')).not.toContain('\ufffd')
  })

  it('says so when the whole output could not be kept', async () => {
    await using opened = await openFresh(subject)
    const result = await opened.sandbox.exec(
      { argv: ['echo', 'hi'] },
      { timeoutMs, outputFile: join(opened.outside, 'missing', 'file') },
    )
    expect(result).toMatchObject({ exitCode: 0 })
    expect(result.output).toContain('the whole output could not be kept')
  })

  it('ends a command at its time limit and lets it tidy up first', async () => {
    await using opened = await openFresh(subject)
    const result = await opened.sandbox.exec(
      { shell: 'trap "echo tidied; exit 0" TERM; echo ready; sleep 1000 & wait' },
      { timeoutMs: 1_000 },
    )
    expect(result).toMatchObject({ exitCode: null, timedOut: true, cancelled: false })
    expect(result.output).toBe('ready\ntidied\n')
  })

  it('ends a command that ignores SIGTERM', async () => {
    await using opened = await openFresh(subject)
    const word = uniqueSleep()
    const controller = new AbortController()
    const result = await opened.sandbox.exec(
      { shell: `trap "" TERM; sleep ${word} & echo ready; while :; do wait; done` },
      { timeoutMs, signal: controller.signal, onOutput: () => controller.abort() },
    )
    expect(result).toMatchObject({ exitCode: null, cancelled: true, timedOut: false })
    expect(await processesWith(word)).toEqual([])
  })

  it.each(['cancel', 'exit', 'dispose'])(
    'leaves no process after %s, however it was detached',
    async (way) => {
      await using opened = await openFresh(subject)
      const word = uniqueSleep()
      const controller = new AbortController()
      const detach = `sleep ${word} & disown; setsid sleep ${word} & (setsid sh -c 'sleep ${word} & sleep ${word}' &) ; nohup sleep ${word} >/dev/null 2>&1 &`
      const counted = `until [ "$(grep -lsz '^${word}$' /proc/[0-9]*/cmdline | wc -l)" -ge 5 ]; do :; done; echo ready`
      const running = opened.sandbox.exec(
        { shell: `${detach}\n${counted}\n${way === 'exit' ? 'exit 5' : `sleep ${word}`}` },
        {
          timeoutMs,
          signal: controller.signal,
          onOutput: ({ text }) => {
            if (!text.includes('ready')) return
            if (way === 'cancel') controller.abort()
            if (way === 'dispose') void opened.sandbox.dispose()
          },
        },
      )
      const result = await running
      expect(result).toMatchObject(
        way === 'exit' ? { exitCode: 5 } : { exitCode: null, cancelled: true },
      )
      expect(result.output).toContain('ready')
      expect(await processesWith(word)).toEqual([])
    },
  )

  it('does not start a command that was cancelled before', async () => {
    await using opened = await openFresh(subject)
    expect(
      await opened.sandbox.exec(
        { shell: 'touch started' },
        { timeoutMs, signal: AbortSignal.abort() },
      ),
    ).toMatchObject({ exitCode: null, cancelled: true })
    expect(await readdir(opened.workTree)).toEqual([])
  })

  it('runs fifty commands side by side', async () => {
    await using opened = await openFresh(subject, {
      limits: { memoryBytes: 1024 * mebibyte, processes: 1_000 },
    })
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        opened.sandbox.exec(
          { shell: `echo ${index} > f${index}; cat f${index}; exit ${index}` },
          { timeoutMs },
        ),
      ),
    )
    expect(results.map(({ exitCode, output }) => [exitCode, output])).toEqual(
      results.map((_, index) => [index, `${index}\n`]),
    )
  })

  it('kills a memory hog and says why', async () => {
    await using opened = await openFresh(subject, {
      limits: { memoryBytes: 256 * mebibyte, processes: 100 },
    })
    const hog =
      'const held=[];for(let i=0;i<40;i++)held.push(Buffer.alloc(1e7,1));console.log("held");setInterval(()=>held.length,1000)'
    const result = await opened.sandbox.exec({ argv: ['node', '-e', hog] }, { timeoutMs })
    expect(result).toMatchObject({ outOfMemory: true, timedOut: false })
    expect(result.exitCode).not.toBe(0)
    expect(await opened.sandbox.exec({ argv: ['echo', 'alive'] }, { timeoutMs })).toMatchObject({
      output: 'alive\n',
      outOfMemory: false,
    })
  })

  it('holds a fork bomb', async (context) => {
    await using opened = await openFresh(subject, {
      limits: { memoryBytes: 512 * mebibyte, processes: 60 },
    })
    const check = await opened.provider.check()
    context.skip(check.available && check.limits.processes === 'none', noLimit)
    const name = `bomb${randomUUID()}`
    await opened.sandbox.writeFile(name, `#!/bin/sh\n./${name} & ./${name} &\nwait\n`, {
      executable: true,
    })
    const result = await opened.sandbox.exec(
      { shell: `./${name} & wait; exec sleep 1000` },
      { timeoutMs: 1_500 },
    )
    expect(result.exitCode).toBeNull()
    expect(result.output).toMatch(/cannot fork|resource temporarily unavailable/i)
    const left = (await processesWith(`./${name}`)).length
    expect(left).toBe(0)
    expect(await opened.sandbox.exec({ argv: ['echo', 'alive'] }, { timeoutMs })).toMatchObject({
      output: 'alive\n',
    })
  })

  it('holds the size of a file', async () => {
    await using opened = await openFresh(subject, {
      limits: { memoryBytes: 256 * mebibyte, processes: 100, fileBytes: mebibyte },
    })
    const result = await opened.sandbox.exec(
      { shell: 'head -c 3000000 /dev/zero > big' },
      { timeoutMs },
    )
    expect(result.exitCode).not.toBe(0)
    expect((await stat(join(opened.workTree, 'big'))).size).toBe(mebibyte)
  })

  it('stops everything on dispose and leaves no trace', async () => {
    await using opened = await openFresh(subject)
    const word = uniqueSleep()
    const started = Promise.withResolvers<void>()
    const running = opened.sandbox.exec(
      { shell: `echo up; sleep ${word}` },
      { timeoutMs, onOutput: () => started.resolve() },
    )
    await started.promise
    await opened.sandbox.writeFile('kept.txt', 'kept')
    await opened.sandbox.dispose()
    await opened.sandbox.dispose()
    expect(await running).toMatchObject({ cancelled: true })
    expect(await processesWith(word)).toEqual([])
    expect(await readdir(join(opened.stateFolder, 'sandboxes'))).toEqual([])
    expect(await readdir(opened.workTree)).toEqual(['kept.txt'])
    await expect(opened.sandbox.exec({ argv: ['true'] }, { timeoutMs })).rejects.toMatchObject({
      code: 'disposed',
    })
    await expect(opened.sandbox.readFile('kept.txt')).rejects.toMatchObject({ code: 'disposed' })
  })

  it('refuses what makes no sense', async () => {
    await using opened = await openFresh(subject)
    const { provider, workTree } = opened
    const limits = { memoryBytes: 512 * mebibyte, processes: 100 }
    await expect(provider.open({ id: 'test', workTree, limits })).rejects.toMatchObject({
      code: 'invalid_options',
    })
    await expect(provider.open({ id: '../x', workTree, limits })).rejects.toMatchObject({
      code: 'invalid_options',
    })
    await expect(
      provider.open({ id: 'a', workTree: join(workTree, 'missing'), limits }),
    ).rejects.toMatchObject({ code: 'invalid_options' })
    await expect(provider.open({ id: 'b', workTree: 'relative', limits })).rejects.toMatchObject({
      code: 'invalid_options',
    })
    await expect(
      provider.open({
        id: 'c',
        workTree,
        limits,
        readOnlyMounts: [{ source: workTree, target: '../up' }],
      }),
    ).rejects.toMatchObject({ code: 'invalid_options' })
    expect(await readdir(join(opened.stateFolder, 'sandboxes'))).toEqual(['test'])
  })

  it('shows a dependency folder and removes it again', async () => {
    await using opened = await openFresh(subject, {
      prepare: async (_workTree, outside) => {
        await mkdir(join(outside, 'left-pad'))
        await writeFile(join(outside, 'left-pad', 'index.js'), 'module.exports = 42')
      },
    })
    const { provider, workTree, outside } = opened
    const limits = { memoryBytes: 512 * mebibyte, processes: 100 }
    {
      await using withMount = await provider.open({
        id: 'mounted',
        workTree,
        limits,
        readOnlyMounts: [{ source: outside, target: 'node_modules', mode: 'scratch' }],
      })
      const result = await withMount.exec(
        { argv: ['node', '-p', 'require("left-pad")'] },
        { timeoutMs },
      )
      expect(result.output).toBe('42\n')
      if (!subject.isolates) expect(withMount.notes.join()).toContain('node_modules is a link')
    }
    expect(await readdir(workTree)).toEqual([])
    expect(await readFile(join(outside, 'left-pad', 'index.js'), 'utf8')).toBe(
      'module.exports = 42',
    )
  })

  it('leaves a mount point alone that was there before', async () => {
    await using opened = await openFresh(subject)
    const { provider, workTree, outside } = opened
    await mkdir(join(workTree, 'deps'))
    await symlink('nowhere', join(workTree, 'dangling'))
    {
      await using sandbox = await provider.open({
        id: 'again',
        workTree,
        limits: { memoryBytes: 512 * mebibyte, processes: 100 },
        readOnlyMounts: [{ source: outside, target: 'deps' }],
      })
      await sandbox.exec({ argv: ['true'] }, { timeoutMs })
    }
    expect((await readdir(workTree)).sort()).toEqual(['dangling', 'deps'])
  })
})
