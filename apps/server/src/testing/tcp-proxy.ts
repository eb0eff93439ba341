import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** Stands between clients and a server and breaks what a network can break. */
export interface TcpProxy extends AsyncDisposable {
  port: number
  /** Connections that it took so far. */
  taken: number
  /** Connections that it cut in the middle. */
  cuts: number
  /** Refuses connections and cuts the open ones, as a server that is gone. */
  close(): Promise<void>
  /** Takes connections again, on the same port. */
  open(): Promise<void>
}

/**
 * @param bytesBeforeCut asked for each connection: so many bytes of the server's reach the client,
 * then both ends are cut; undefined lets it live
 */
export async function startTcpProxy(
  target: { host?: string; port: number },
  bytesBeforeCut: () => number | undefined = () => undefined,
): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let server: Server | undefined
  const take = (client: Socket): void => {
    proxy.taken++
    const upstream = connect({ host: target.host ?? '127.0.0.1', port: target.port })
    let left = bytesBeforeCut()
    const end = (): void => {
      client.destroy()
      upstream.destroy()
      sockets.delete(client)
      sockets.delete(upstream)
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      // Both ends are told by the close that follows.
      socket.on('error', () => undefined)
      socket.on('close', end)
    }
    client.pipe(upstream)
    upstream.on('data', (chunk: Buffer) => {
      if (left !== undefined && chunk.length >= left) {
        proxy.cuts++
        client.write(chunk.subarray(0, left), end)
        left = Number.POSITIVE_INFINITY
        upstream.pause()
        return
      }
      if (left !== undefined) left -= chunk.length
      if (!client.write(chunk)) {
        upstream.pause()
        client.once('drain', () => upstream.resume())
      }
    })
  }
  const proxy: TcpProxy = {
    port: 0,
    taken: 0,
    cuts: 0,
    async close() {
      const closing = server
      server = undefined
      if (closing === undefined) return
      const closed = once(closing, 'close')
      closing.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    async open() {
      server = createServer(take)
      server.listen(proxy.port, '127.0.0.1')
      await once(server, 'listening')
      proxy.port = (server.address() as AddressInfo).port
    },
    [Symbol.asyncDispose]: () => proxy.close(),
  }
  await proxy.open()
  return proxy
}

/** A port of the loopback that nothing listened on a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
