import { WebSocket } from 'ws'

/** How the server answers an upgrade that it refuses. */
export async function upgradeRefusal(
  url: string,
  headers: Record<string, string>,
  path = '/api/live',
): Promise<{ status: number; body: string }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers })
  return new Promise((resolve, reject) => {
    socket.on('open', () => reject(new Error('The socket opened')))
    socket.on('error', reject)
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
  })
}
