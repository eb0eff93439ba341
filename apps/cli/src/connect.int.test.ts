import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeLogin } from './config.ts'
import { chooseServer, serverUrl } from './connect.ts'
import { createEnvironment } from './testing/terminal.ts'

let home: string
let configFile: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sluice-cli-connect-'))
  configFile = join(home, 'cli.json')
  await writeLogin(configFile, { url: 'http://stored:1', key: 'stored' })
})
afterEach(() => rm(home, { recursive: true, force: true }))

test('an option comes before the environment, the environment before the stored login', async () => {
  const stored = createEnvironment({ configFile })
  expect(await chooseServer(stored, undefined)).toEqual({ url: 'http://stored:1', key: 'stored' })
  const given = createEnvironment({ configFile, url: 'http://env:2/', key: 'env' })
  expect(await chooseServer(given, undefined)).toEqual({ url: 'http://env:2', key: 'env' })
  expect(await chooseServer(given, 'http://option:3')).toEqual({
    url: 'http://option:3',
    key: 'env',
  })
})

test('a stored key never goes to another server', async () => {
  const refusal = { code: 'unauthenticated', exitCode: 3 }
  const stored = createEnvironment({ configFile })
  await expect(chooseServer(stored, 'http://other:1')).rejects.toMatchObject(refusal)
  await expect(chooseServer(stored, 'https://stored:1')).rejects.toMatchObject(refusal)
  const elsewhere = createEnvironment({ configFile, url: 'http://stored:2' })
  await expect(chooseServer(elsewhere, undefined)).rejects.toMatchObject(refusal)
})

test('only web addresses are servers', () => {
  expect(serverUrl('https://s.example/')).toBe('https://s.example')
  for (const text of ['s.example', 'file:///etc/passwd', '']) {
    expect(() => serverUrl(text)).toThrow('is not an address')
  }
})
