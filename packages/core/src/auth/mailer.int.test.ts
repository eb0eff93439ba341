import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createSmtpMailer } from './index.ts'

let server: Server
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  server.close()
})

/** A peer that speaks SMTP (RFC 5321) as far as one message needs, and keeps what it was told. */
async function startPeer(
  answerToRecipient = '250 ok',
): Promise<{ url: string; lines: string[]; data: () => string }> {
  const lines: string[] = []
  let data = ''
  server = createServer((socket) => {
    sockets.add(socket)
    socket.setEncoding('utf8').write('220 peer ready\r\n')
    let isData = false
    let rest = ''
    socket.on('data', (chunk: string) => {
      rest += chunk
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        if (isData && line !== '.') data += `${line}\n`
        else if (isData) {
          isData = false
          socket.write('250 taken\r\n')
        } else {
          lines.push(line)
          const verb = line.slice(0, 4).toUpperCase()
          if (verb === 'DATA') isData = true
          socket.write(
            verb === 'DATA'
              ? '354 go on\r\n'
              : verb === 'RCPT'
                ? `${answerToRecipient}\r\n`
                : verb === 'QUIT'
                  ? '221 bye\r\n'
                  : '250 ok\r\n',
          )
        }
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `smtp://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    lines,
    data: () => data,
  }
}

test('a mail goes to the server with its sender, recipient, subject and text', async () => {
  const peer = await startPeer()
  const mailer = createSmtpMailer({ url: peer.url, from: 'Sluice <sluice@example.test>' })
  await mailer.send({
    to: 'ada@example.test',
    subject: 'Join us',
    text: 'https://sluice.example.test/invite/abc',
  })
  mailer.close()
  expect(peer.lines).toContain('MAIL FROM:<sluice@example.test>')
  expect(peer.lines).toContain('RCPT TO:<ada@example.test>')
  expect(peer.data()).toMatch(/^From: Sluice <sluice@example\.test>$/m)
  expect(peer.data()).toMatch(/^Subject: Join us$/m)
  expect(peer.data()).toContain('https://sluice.example.test/invite/abc')
})

test('a refusal of the server is an error', async () => {
  const peer = await startPeer('550 no such person')
  const mailer = createSmtpMailer({ url: peer.url, from: 'sluice@example.test' })
  await expect(mailer.send({ to: 'nobody@example.test', subject: 's', text: 't' })).rejects.toThrow(
    'no such person',
  )
  mailer.close()
})
