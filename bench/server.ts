import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type RawData, type WebSocket as Socket, WebSocket, WebSocketServer } from 'ws'
import type { BenchContext } from './context.ts'
import { type Figure, percentile } from './figure.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

const watchers = 500
const eventCount = 60
const reconnects = 100

/** Start, memory, fan-out of events and reconnecting, on a real server process; the size of the page. */
export async function benchServer(context: BenchContext): Promise<Figure[]> {
  const data = join(context.folder, 'data')
  context.log('first start, which makes the database and builds the page')
  await (await startServerProcess(data)).stop()
  const server = await startServerProcess(data)
  try {
    const figures: Figure[] = [
      {
        name: 'server: start of an installed one to ready',
        unit: 'ms',
        value: server.startMs,
        floor: bareStartMs(),
      },
    ]
    await delay(5_000, undefined, { signal: context.signal })
    figures.push({
      name: 'server: idle memory of all processes (PSS)',
      unit: 'MB',
      value: server.memoryMegabytes(),
    })
    figures.push(
      ...(await benchFanOut(server, context)),
      ...(await benchReconnect(server, context)),
      await initialScript(),
    )
    return figures
  } finally {
    await server.stop()
  }
}

/** What it takes to start Node alone. */
function bareStartMs(): number {
  const samples = Array.from({ length: 5 }, () => {
    const startedAt = performance.now()
    execFileSync(process.execPath, ['-e', '0'])
    return performance.now() - startedAt
  })
  return percentile(samples, 0.5)
}

async function workspaceOf(server: ServerProcess): Promise<string> {
  const me = (await (await fetch(`${server.url}/api/me`, { headers: server.headers })).json()) as {
    current: { workspace: { id: string } }
  }
  return me.current.workspace.id
}

const textOf = (data: RawData): string => (Buffer.isBuffer(data) ? data.toString('utf8') : '')

type Message = { type: string; seq?: number; events?: { seq: number; at: string }[] }

/** Follows a stream; resolves once it is caught up, with the socket and the cursor. */
async function follow(
  server: ServerProcess,
  stream: string,
  after: number,
  onEvents: (events: { seq: number; at: string }[]) => void,
): Promise<{ socket: Socket; seq: number }> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/live`, {
    headers: server.headers,
  })
  const { promise, resolve, reject } = Promise.withResolvers<{ socket: Socket; seq: number }>()
  socket.on('error', reject)
  socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', stream, after })))
  socket.on('message', (data) => {
    const message = JSON.parse(textOf(data)) as Message
    if (message.type === 'events') onEvents(message.events ?? [])
    if (message.type === 'caught_up') resolve({ socket, seq: message.seq ?? 0 })
    if (message.type === 'refused') reject(new Error(textOf(data)))
  })
  return promise
}

async function benchFanOut(server: ServerProcess, context: BenchContext): Promise<Figure[]> {
  const stream = `workspace:${await workspaceOf(server)}`
  context.log(`${watchers} watchers`)
  const delays: number[] = []
  const sockets: Socket[] = []
  const { seq, socket } = await follow(server, stream, 0, () => undefined)
  socket.close()
  for (let index = 0; index < watchers; index++) {
    const followed = await follow(server, stream, seq, (events) => {
      const now = Date.now()
      for (const event of events) delays.push(now - Date.parse(event.at))
    })
    sockets.push(followed.socket)
  }
  for (let index = 0; index < eventCount; index++) {
    await fetch(`${server.url}/api/workspace`, {
      method: 'PATCH',
      headers: { ...server.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: `Bench ${index}` }),
    })
    await delay(100, undefined, { signal: context.signal })
  }
  while (delays.length < watchers * eventCount)
    await delay(50, undefined, { signal: context.signal })
  for (const each of sockets) each.terminate()
  const floor = await bareFanOut()
  return [
    {
      name: `server: event to ${watchers} watchers, p50`,
      unit: 'ms',
      value: percentile(delays, 0.5),
      peer: 'bare ws broadcast',
      peerValue: percentile(floor, 0.5),
    },
    {
      name: `server: event to ${watchers} watchers, p99`,
      unit: 'ms',
      value: percentile(delays, 0.99),
      peer: 'bare ws broadcast',
      peerValue: percentile(floor, 0.99),
    },
  ]
}

/** The same messages from a server that does nothing but send them, in this process. */
async function bareFanOut(): Promise<number[]> {
  const bare = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  await new Promise((resolve) => bare.once('listening', resolve))
  const { port } = bare.address() as { port: number }
  const delays: number[] = []
  const sockets = await Promise.all(
    Array.from({ length: watchers }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`)
      await new Promise((resolve) => socket.once('open', resolve))
      socket.on('message', (data) =>
        delays.push(performance.now() - Number((JSON.parse(textOf(data)) as { at: number }).at)),
      )
      return socket
    }),
  )
  for (let index = 0; index < eventCount; index++) {
    const text = JSON.stringify({ at: performance.now(), padding: 'x'.repeat(300) })
    for (const client of bare.clients) client.send(text)
    await delay(100)
  }
  while (delays.length < watchers * eventCount) await delay(50)
  for (const socket of sockets) socket.terminate()
  bare.close()
  return delays
}

async function benchReconnect(server: ServerProcess, context: BenchContext): Promise<Figure[]> {
  const stream = `workspace:${await workspaceOf(server)}`
  const samples: number[] = []
  let seen = 0
  for (let index = 0; index < reconnects; index++) {
    context.signal.throwIfAborted()
    const startedAt = performance.now()
    const events: number[] = []
    const { socket, seq } = await follow(server, stream, Math.max(0, seen - 20), (batch) =>
      events.push(...batch.map((event) => event.seq)),
    )
    samples.push(performance.now() - startedAt)
    const isGapFree = events.every(
      (each, place) => place === 0 || each === (events[place - 1] ?? 0) + 1,
    )
    if (!isGapFree || (seen > 0 && events.at(-1) !== seq))
      throw new Error('a reconnect lost or doubled an event')
    seen = seq
    socket.terminate()
  }
  return [
    {
      name: 'server: reconnect to gap-free live, 20 events behind, p95',
      unit: 'ms',
      value: percentile(samples, 0.95),
    },
  ]
}

/** What a browser must load before anything shows: the document's scripts and what they import at once. */
async function initialScript(): Promise<Figure> {
  const dist = fileURLToPath(new URL('../apps/web/dist', import.meta.url))
  const html = await readFile(join(dist, 'index.html'), 'utf8')
  const files = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(
    ([, file]) => file ?? '',
  )
  let bytes = 0
  for (const file of files) bytes += gzipSync(await readFile(join(dist, file))).byteLength
  return { name: 'page: initial JavaScript, gzip', unit: 'kB', value: bytes / 1000 }
}
