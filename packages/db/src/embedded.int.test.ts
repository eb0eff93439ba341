import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { withAdmin } from '@sluice/testing/global-setup'
import { createGate } from '@sluice/testing/wait'
import { startEmbeddedPostgres } from './embedded.ts'
import { isDatabaseUnavailable } from './errors.ts'
import type { EmbeddedPostgres } from './embedded.ts'

// Made once; each test works on a copy, which is what a stopped server's folder is.
let template: string
let folder: string
let log: string[]
let problems: unknown[]
const owners: ChildProcess[] = []
const servers: EmbeddedPostgres[] = []

async function start(at: string = folder): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({
    folder: at,
    settings: { fsync: 'off' },
    onLog: (line) => log.push(line),
    onError: (error) => problems.push(error),
  })
  servers.push(server)
  return server
}
const query = (url: string, text: string) =>
  withAdmin(url, async (client) => (await client.query(text)).rows)

interface Owner {
  process: ChildProcess
  url: string
  pid: number
}

// What the process of the fixture says first: its server, or why it could not start it.
async function runOwner(
  at: string,
): Promise<{ process: ChildProcess; said: Promise<Record<string, unknown>> }> {
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'embedded-owner.fixture.ts'), at],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  owners.push(child)
  const said = (async () => {
    for await (const line of createInterface(child.stdout!))
      return JSON.parse(line) as Record<string, unknown>
    return {}
  })()
  return { process: child, said }
}

async function startOwner(at: string): Promise<Owner> {
  const owner = await runOwner(at)
  return { process: owner.process, ...((await owner.said) as { url: string; pid: number }) }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** What waits for the end of a server's owner. */
function guardsOf(serverPid: number): number[] {
  return execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.trimEnd().endsWith(` sluice-postgres-guard ${serverPid}`))
    .map((line) => Number.parseInt(line, 10))
}

async function killWithGuard(owner: Owner): Promise<void> {
  for (const guard of guardsOf(owner.pid)) process.kill(guard, 'SIGKILL')
  await kill(owner.process)
}

// A process that ended but that nobody has collected yet (state Z) counts as gone.
async function isAlive(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  if (process.platform === 'linux') return state !== '' && !/^\d+ \(.*\) [ZX]/.test(state)
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function copyTemplate(): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), 'sluice-embedded-'))
  await cp(template, copy, { recursive: true })
  // Ownership does not come with a copy; for root the owner of the data decides who runs the server.
  const { uid, gid } = await stat(path.join(template, 'data'))
  if (process.getuid?.() === 0) {
    for (const entry of await readdir(path.join(copy, 'data'), { recursive: true }))
      await chown(path.join(copy, 'data', entry), uid, gid)
    await chown(path.join(copy, 'data'), uid, gid)
  }
  await chmod(path.join(copy, 'data'), 0o700)
  await rm(path.join(copy, 'port'), { force: true })
  return copy
}

beforeAll(async () => {
  log = []
  problems = []
  template = await mkdtemp(path.join(tmpdir(), 'sluice-embedded-'))
  const server = await start(template)
  await query(server.url, 'create table kept (text text)')
  await query(server.url, `insert into kept values ('before')`)
  await server.stop()
})
beforeEach(async () => {
  log = []
  problems = []
  folder = await copyTemplate()
})
afterEach(async () => {
  const killed = owners.splice(0)
  for (const owner of killed) await kill(owner)
  // Stops what a killed owner left running.
  if (killed.length > 0 && servers.length === 0) await start()
  for (const server of servers.splice(0)) await server.stop()
  await rm(folder, { recursive: true, force: true })
})
afterAll(() => rm(template, { recursive: true, force: true }))

describe('start', () => {
  test('gives a server on loopback that asks for the password of a 0600 file, and keeps the data', async () => {
    const server = await start()
    expect(await query(server.url, 'select text from kept')).toEqual([{ text: 'before' }])
    expect(new URL(server.url).hostname).toBe('127.0.0.1')
    expect(await query(server.url, 'show listen_addresses')).toEqual([
      { listen_addresses: '127.0.0.1' },
    ])
    const file = await stat(path.join(folder, 'password'))
    expect(file.mode & 0o777).toBe(0o600)
    expect(server.url).toContain(await readFile(path.join(folder, 'password'), 'utf8'))
    await expect(
      query(server.url.replace(/:[^:@/]+@/, ':wrong@'), 'select 1'),
    ).rejects.toMatchObject({ code: '28P01' })
    await server.stop()
    expect(await isAlive(server.pid)).toBe(false)
  })

  test('keeps its port, unless something else has taken it', async () => {
    const first = await start()
    await first.stop()
    const second = await start()
    expect(second.port).toBe(first.port)
    await second.stop()
    const squatter = createServer().listen(first.port, '127.0.0.1')
    await once(squatter, 'listening')
    const third = await start()
    expect(third.port).not.toBe(first.port)
    expect(await query(third.url, 'select text from kept')).toEqual([{ text: 'before' }])
    await third.stop()
    squatter.close()
  })

  test('sets a new password where the file was lost', async () => {
    await rm(path.join(folder, 'password'))
    const server = await start()
    expect(await query(server.url, 'select text from kept')).toEqual([{ text: 'before' }])
    await server.stop()
  })

  test('can be given up', async () => {
    await expect(
      startEmbeddedPostgres({ folder, signal: AbortSignal.abort(new Error('never mind')) }),
    ).rejects.toThrow('never mind')
    await (await start()).stop() // the folder is free again
  })

  test('works as root below a folder that is closed to everyone else', async (context) => {
    context.skip(process.getuid?.() !== 0, 'only root starts Postgres as another user')
    const closed = await mkdtemp(path.join(tmpdir(), 'sluice-closed-'))
    expect((await stat(closed)).mode & 0o777).toBe(0o700)
    const server = await start(path.join(closed, 'data', 'postgres'))
    expect(await query(server.url, `select rolname from pg_roles where rolsuper`)).toEqual([
      { rolname: 'sluice' },
    ])
    const { uid } = await stat(`/proc/${server.pid}`)
    expect(uid).not.toBe(0)
    await server.stop()
    await rm(closed, { recursive: true })
  })
})

describe('a folder in use', () => {
  test('is refused to a second Sluice, with the name of the first', async () => {
    const owner = await startOwner(folder)
    await expect(start()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`process ${owner.process.pid}`),
    })
    expect(await isAlive(owner.pid)).toBe(true)
  })

  test('is refused within the same process too, and to whichever of two comes second', async () => {
    const attempts = await Promise.allSettled([start(), start()])
    expect(attempts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    for (const attempt of attempts) if (attempt.status === 'fulfilled') await attempt.value.stop()
  })

  test('is free again after its owner was killed, whatever files say', async () => {
    const owner = await startOwner(folder)
    await kill(owner.process)
    const said = JSON.parse(await readFile(path.join(folder, 'owner.json'), 'utf8')) as {
      pid: number
    }
    // The number of the dead owner now belongs to a living process: this one.
    await writeFile(path.join(folder, 'owner.json'), JSON.stringify({ ...said, pid: process.pid }))
    const server = await start()
    expect(await query(server.url, 'select text from kept')).toEqual([{ text: 'before' }])
    await server.stop()
  })
})

describe('kill -9', () => {
  test('of Sluice ends its server too, without another start', async () => {
    const owner = await startOwner(folder)
    await kill(owner.process)
    await expect.poll(() => isAlive(owner.pid), { timeout: 20_000 }).toBe(false)
    await expect(readFile(path.join(folder, 'data', 'postmaster.pid'))).rejects.toThrow('ENOENT')
    await expect.poll(() => guardsOf(owner.pid)).toEqual([])
  })

  test('of Sluice and of the guard leaves a server running, which the next start stops and replaces', async () => {
    const owner = await startOwner(folder)
    await query(owner.url, `insert into kept values ('by the first')`)
    await killWithGuard(owner)
    expect(await isAlive(owner.pid)).toBe(true)
    const server = await start()
    expect(await isAlive(owner.pid)).toBe(false)
    expect(log.join('\n')).toContain('that an earlier Sluice had left running')
    expect(await query(server.url, 'select text from kept')).toEqual([
      { text: 'before' },
      { text: 'by the first' },
    ])
    await server.stop()
  })

  test('of Sluice and of Postgres leaves a lock file that names a process number used again', async () => {
    const owner = await startOwner(folder)
    await killWithGuard(owner)
    process.kill(owner.pid, 'SIGKILL')
    await expect.poll(() => isAlive(owner.pid)).toBe(false)
    const file = path.join(folder, 'data', 'postmaster.pid')
    const lines = (await readFile(file, 'utf8')).split('\n')
    await writeFile(file, [String(process.pid), ...lines.slice(1)].join('\n'))
    const server = await start()
    expect(await query(server.url, 'select text from kept')).toEqual([{ text: 'before' }])
    await server.stop()
  })

  test('of Postgres is followed by a restart on the same address, with everything that was committed', async () => {
    const server = await start()
    const first = server.pid
    await query(server.url, `insert into kept values ('committed')`)
    const connected = createGate()
    const held = withAdmin(server.url, (client) => {
      connected.open()
      return client.query('select pg_sleep(60)')
    })
    await connected.opened
    process.kill(first, 'SIGKILL')
    expect(await held.catch(isDatabaseUnavailable)).toBe(true)
    await expect.poll(() => server.pid, { timeout: 30_000 }).not.toBe(first)
    await server.ready()
    expect(await query(server.url, 'select text from kept')).toEqual([
      { text: 'before' },
      { text: 'committed' },
    ])
    expect(problems).toEqual([])
    await server.stop()
  })

  test('of one of its connections restarts it from within', async () => {
    const server = await start()
    const pid = server.pid
    const [backend] = await query(server.url, 'select pg_backend_pid() as pid')
    expect(backend).toBeDefined()
    const held = withAdmin(server.url, async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      process.kill(rows[0]!.pid, 'SIGKILL')
      await client.query('select pg_sleep(60)')
    })
    expect(await held.catch(isDatabaseUnavailable)).toBe(true)
    await expect
      .poll(() => query(server.url, 'select text from kept').catch(() => 'not yet'))
      .toEqual([{ text: 'before' }])
    expect(server.pid).toBe(pid)
    await server.stop()
  })

  test('in the middle of the first start leaves half a data folder, which is made anew', async () => {
    const fresh = path.join(folder, 'fresh')
    const owner = await runOwner(fresh)
    const unfinished = async () =>
      (await readdir(fresh).catch(() => [])).filter((name) => name.startsWith('data.unfinished-'))
    const contents = async () =>
      Promise.all((await unfinished()).map((name) => readdir(path.join(fresh, name))))
    await expect
      .poll(async () => (await contents()).flat(), { interval: 2, timeout: 10_000 })
      .not.toEqual([])
    await kill(owner.process)
    expect(await readdir(fresh)).not.toContain('data')
    const server = await start(fresh)
    expect(await query(server.url, 'select current_database()')).toEqual([
      { current_database: 'sluice' },
    ])
    await server.stop()
    expect(await unfinished()).toEqual([])
  })
})

describe('a data folder that is not whole', () => {
  test('is set aside, never deleted, and a new one is made', async () => {
    const broken = path.join(folder, 'broken')
    await mkdir(path.join(broken, 'data', 'base'), { recursive: true })
    await writeFile(path.join(broken, 'data', 'base', 'table'), 'rows')
    const server = await start(broken)
    await server.stop()
    const aside = (await readdir(broken)).find((name) => name.startsWith('data.broken-'))
    expect(await readFile(path.join(broken, aside!, 'base', 'table'), 'utf8')).toBe('rows')
    expect(log.join('\n')).toContain('set aside')
  })

  test('of another version of Postgres is refused with what to do', async () => {
    await writeFile(path.join(folder, 'data', 'PG_VERSION'), '17\n')
    await expect(start()).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining('pg_dump'),
    })
    await writeFile(path.join(folder, 'data', 'PG_VERSION'), '18\n')
  })
})
