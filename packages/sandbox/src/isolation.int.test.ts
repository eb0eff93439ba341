/** What bubblewrap keeps from a command: network, home, other folders, other processes, the kernel's settings. */
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mebibyte, openFresh, subjects, testToolchain } from './behaviour.fixture.ts'
import { createBubblewrapProvider } from './bubblewrap.ts'
import type { Sandbox } from './sandbox.ts'

const timeoutMs = 60_000
const limits = { memoryBytes: 512 * mebibyte, processes: 200 }
const bubblewrap = subjects.filter(({ isolates }) => isolates)

async function output(sandbox: Sandbox, shell: string): Promise<string> {
  return (await sandbox.exec({ shell }, { timeoutMs })).output
}

describe.each(bubblewrap)('behind the walls of $title', (subject) => {
  it('there is no network, not even the machine’s own loopback', async () => {
    await using opened = await openFresh(subject)
    let reached = 0
    const server = createServer(() => (reached += 1))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const dial = `const s=require('net').connect(${port},'127.0.0.1');s.on('connect',()=>console.log('reached'));s.on('error',e=>console.log(e.code))`
    const result = await opened.sandbox.exec({ argv: ['node', '-e', dial] }, { timeoutMs })
    expect(result.output).toBe('ECONNREFUSED\n')
    expect(reached).toBe(0)
    expect(await output(opened.sandbox, 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "')).toBe(
      'lo\n',
    )
    await new Promise((resolve) => server.close(resolve))
  })

  it('neither the home folder nor any other can be read', async () => {
    await using opened = await openFresh(subject)
    const { sandbox, outside, stateFolder } = opened
    await writeFile(join(outside, 'secret'), 'secret')
    const seen = await output(
      sandbox,
      `cat ${outside}/secret ${stateFolder}/sandboxes/test/owner.json ${homedir()}/.bashrc ${homedir()}/.profile /etc/shadow /etc/ssl/private/* /var/lib/dpkg/status 2>&1 | grep -v "No such file"`,
    )
    expect(seen).toBe('')
    expect(await output(sandbox, 'echo $HOME; ls -A ~')).toBe('/tmp/home\n')
    const top = (await output(sandbox, 'ls /')).trim().split('\n')
    expect(top).not.toContain('home')
    expect(top).not.toContain('sys')
    expect(top).not.toContain('boot')
  })

  it('nothing outside the work tree and /tmp can be written', async () => {
    await using opened = await openFresh(subject)
    const places = [
      '/x',
      '/usr/x',
      '/etc/x',
      '/run/x',
      '/dev/x',
      '/var/x',
      '/proc/x',
      '/usr/bin/env',
      '/etc/passwd',
      '/run/sluice/bin/node',
      '/run/sluice/helper/file-helper.ts',
    ]
    const results = await output(
      opened.sandbox,
      places.map((place) => `(echo x >> ${place}) 2>/dev/null && echo ${place}`).join('; '),
    )
    expect(results).toBe('')
    expect(
      await output(
        opened.sandbox,
        'echo x > /workspace/a && echo x > /tmp/a && echo x > /dev/shm/a && echo x > /dev/null && echo fine',
      ),
    ).toBe('fine\n')
  })

  it('the kernel’s settings cannot be changed, and there are no capabilities', async () => {
    await using opened = await openFresh(subject)
    const before = await readFile('/proc/sys/kernel/core_pattern', 'utf8')
    // The very text that stands there: should the wall ever fail, the machine is still as it was.
    const result = await opened.sandbox.exec(
      { argv: ['sh', '-c', 'printf %s "$1" > /proc/sys/kernel/core_pattern', 'sh', before.trim()] },
      { timeoutMs },
    )
    expect(result.exitCode).not.toBe(0)
    expect(
      await output(
        opened.sandbox,
        'find /proc/sys -type f -writable | head -3; find /proc/sys -type f 2>/dev/null | head -400 | while read f; do (exec 3>>$f) 2>/dev/null && echo $f; done',
      ),
    ).toBe('')
    expect(
      await output(
        opened.sandbox,
        'grep -E "^(CapEff|CapPrm|CapInh|CapAmb):" /proc/self/status | tr -d "\\t" | sort -u | cut -d: -f2 | sort -u',
      ),
    ).toBe('0000000000000000\n')
    expect(await output(opened.sandbox, 'grep NoNewPrivs /proc/self/status')).toMatch(/1$/m)
    expect(
      await output(
        opened.sandbox,
        'mount -t tmpfs tmpfs /tmp 2>/dev/null || echo refused; mknod /tmp/d b 8 0 2>/dev/null || echo refused',
      ),
    ).toBe('refused\nrefused\n')
    expect(
      await output(
        opened.sandbox,
        'for f in kcore kmsg kpageflags sysrq-trigger timer_list keys; do head -c 1 /proc/$f 2>/dev/null; done',
      ),
    ).toBe('')
  })

  it('a sandbox inside the sandbox is possible only when asked for', async () => {
    await using opened = await openFresh(subject)
    const nested = 'unshare --user --map-root-user true 2>/dev/null && echo made || echo refused'
    expect(await output(opened.sandbox, nested)).toBe('refused\n')
    await using open = await opened.provider.open({
      id: 'nested',
      workTree: opened.workTree,
      limits,
      nestedSandboxes: true,
    })
    expect(await output(open, nested)).toBe('made\n')
  })

  it('only its own processes are seen, and two sandboxes share nothing', async () => {
    await using opened = await openFresh(subject)
    await using other = await opened.provider.open({
      id: 'other',
      workTree: opened.outside,
      limits,
    })
    expect(Number(await output(opened.sandbox, 'ls -d /proc/[0-9]* | wc -l'))).toBeLessThan(8)
    expect(await output(opened.sandbox, `kill -0 ${process.pid} 2>/dev/null || echo unseen`)).toBe(
      'unseen\n',
    )
    await output(opened.sandbox, 'echo mine > /tmp/mine; echo mine > /workspace/mine')
    expect(await output(other, 'cat /tmp/mine /workspace/mine 2>/dev/null; hostname')).toBe(
      'sandbox\n',
    )
  })

  it('no open file of the server is handed in', async () => {
    await using opened = await openFresh(subject)
    expect(
      await output(
        opened.sandbox,
        'for fd in /proc/self/fd/*; do case ${fd##*/} in [012]) ;; *) readlink $fd;; esac; done | grep -v "^/proc/"',
      ),
    ).toBe('')
  })

  it('a read-only work tree stays as it is', async () => {
    await using opened = await openFresh(subject, {
      access: 'read-only',
      prepare: (workTree) => writeFile(join(workTree, 'a'), 'a'),
    })
    expect(await output(opened.sandbox, 'cat a; echo b > a || true; rm -f a || true')).toMatch(/^a/)
    await expect(opened.sandbox.writeFile('b', 'b')).rejects.toMatchObject({ code: 'read_only' })
    expect(await readdir(opened.workTree)).toEqual(['a'])
    expect(await readFile(join(opened.workTree, 'a'), 'utf8')).toBe('a')
  })

  it('the git folder is read-only and cannot be put aside', async () => {
    await using opened = await openFresh(subject, {
      prepare: async (workTree) =>
        mkdir(join(workTree, '.git', 'hooks'), { recursive: true }).then(() => undefined),
    })
    await output(
      opened.sandbox,
      'echo x > .git/hooks/pre-commit; mv .git away; rm -rf .git; ln -sfn /etc .git',
    )
    expect(await readdir(opened.workTree)).toEqual(['.git'])
    expect(await readdir(join(opened.workTree, '.git', 'hooks'))).toEqual([])
  })

  it('masked paths read as empty, also after their folder was renamed', async () => {
    await using opened = await openFresh(subject, {
      maskedPaths: ['.env', 'conf/keys', 'absent'],
      prepare: async (workTree) => {
        await writeFile(join(workTree, '.env'), 'KEY=1')
        await mkdir(join(workTree, 'conf', 'keys'), { recursive: true })
        await writeFile(join(workTree, 'conf', 'keys', 'k'), 'KEY=2')
      },
    })
    const { sandbox, workTree } = opened
    expect(await output(sandbox, 'cat .env; ls -A conf/keys')).toBe('')
    expect(Buffer.from(await sandbox.readFile('.env')).toString()).toBe('')
    await output(sandbox, 'mv conf other')
    await expect(sandbox.exec({ shell: 'cat other/keys/k' }, { timeoutMs })).rejects.toMatchObject({
      code: 'start_failed',
    })
    expect(await readFile(join(workTree, '.env'), 'utf8')).toBe('KEY=1')
  })

  it('a link left by a command is not followed by the next mount', async () => {
    await using opened = await openFresh(subject)
    const { provider, workTree, outside } = opened
    await symlink(outside, join(workTree, 'packages'))
    await expect(
      provider.open({
        id: 'm',
        workTree,
        limits,
        readOnlyMounts: [{ source: outside, target: 'packages/deep' }],
      }),
    ).rejects.toMatchObject({ code: 'invalid_options' })
    expect(await readdir(outside)).toEqual([])
  })

  it('a command’s dynamic linker settings do not reach the steps outside', async () => {
    await using opened = await openFresh(subject)
    // Were it set for bwrap itself, the linker would complain on stderr before the command.
    const result = await opened.sandbox.exec(
      { argv: ['/bin/echo', 'ran'] },
      { timeoutMs, env: { LD_PRELOAD: '/nonexistent/evil.so' } },
    )
    expect(result.output.match(/evil\.so/g)?.length ?? 0).toBeLessThanOrEqual(2)
    expect(result.output).toContain('ran')
  })
})

describe.each([true, false])('a dependency folder (overlays: %s)', (useOverlays) => {
  it('takes a tool’s cache beside 250 entries without reaching the host', async () => {
    await using opened = await openFresh(bubblewrap[0] ?? expect.fail('no bubblewrap subject'))
    const { outside, workTree } = opened
    for (let index = 0; index < 250; index += 1) {
      await mkdir(join(outside, `p${index}`))
      await writeFile(join(outside, `p${index}`, 'index.js'), `module.exports=${index}`)
    }
    await mkdir(join(workTree, 'packages', 'own'), { recursive: true })
    await writeFile(join(workTree, 'packages', 'own', 'index.js'), 'module.exports="own"')
    await symlink('../packages/own', join(outside, 'own'))
    const provider = createBubblewrapProvider({
      stateFolder: join(opened.stateFolder, 'second'),
      toolchain: testToolchain(homedir()),
      useOverlays,
    })
    const mount = { source: outside, target: 'node_modules', mode: 'scratch' as const }
    {
      await using sandbox = await provider.open({
        id: 'deps',
        workTree,
        limits,
        readOnlyMounts: [mount],
      })
      expect(sandbox.notes).toEqual([])
      expect(
        await output(
          sandbox,
          'ls node_modules | wc -l; mkdir -p node_modules/.vite/x && echo cached > node_modules/.vite/x/y && cat node_modules/.vite/x/y',
        ),
      ).toBe('251\ncached\n')
      expect(await output(sandbox, `node -p 'require("p7")+":"+require("own")'`)).toBe('7:own\n')
      await output(
        sandbox,
        'echo evil > node_modules/p1/index.js; rm -rf node_modules/p2; rm -rf node_modules',
      )
      expect(Buffer.from(await sandbox.readFile('node_modules/p1/index.js')).toString()).toBe(
        'module.exports=1',
      )
      expect((await sandbox.list('node_modules', { limit: 1_000 })).entries).toHaveLength(251)
    }
    expect((await readdir(outside)).length).toBe(251)
    expect(await readFile(join(outside, 'p1', 'index.js'), 'utf8')).toBe('module.exports=1')
    expect(await readdir(workTree)).toEqual(['packages'])
  })
})

it('says that it is missing and how to install it', async () => {
  await using opened = await openFresh(bubblewrap[0] ?? expect.fail('no bubblewrap subject'))
  const provider = createBubblewrapProvider({
    stateFolder: join(opened.stateFolder, 'x'),
    toolchain: testToolchain(homedir()),
    bwrapPath: '/nonexistent/bwrap',
  })
  expect(await provider.check()).toMatchObject({
    available: false,
    remedy: expect.stringContaining('apt install bubblewrap') as unknown,
  })
  const broken = join(opened.outside, 'bwrap')
  await writeFile(
    broken,
    '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 0 && exit 0\necho "bwrap: No permissions to create new namespace" >&2; exit 1\n',
  )
  await chmod(broken, 0o755)
  const refused = createBubblewrapProvider({
    stateFolder: join(opened.stateFolder, 'y'),
    toolchain: testToolchain(homedir()),
    bwrapPath: broken,
  })
  expect(await refused.check()).toMatchObject({
    available: false,
    reason: expect.stringContaining('No permissions') as unknown,
    remedy: expect.stringContaining('user namespaces') as unknown,
  })
  expect((await stat(join(opened.stateFolder, 'y'))).isDirectory()).toBe(true)
})
