import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readLogin, removeLogin, writeLogin } from './config.ts'

let home: string
let file: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sluice-cli-config-'))
  file = join(home, 'sluice', 'cli.json')
})
afterEach(() => rm(home, { recursive: true, force: true }))

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

test('what is stored is read again, and only its owner can read it', async () => {
  await writeLogin(file, { url: 'http://s', key: 'k' })
  expect(await readLogin(file)).toEqual({ url: 'http://s', key: 'k' })
  expect(await modeOf(file)).toBe(0o600)
  expect(await modeOf(dirname(file))).toBe(0o700)
})

test('a file that others could read becomes private, and no draft is left', async () => {
  await mkdir(dirname(file))
  await writeFile(file, '{}')
  await chmod(file, 0o666)
  await writeLogin(file, { url: 'http://s', key: 'new' })
  expect(await modeOf(file)).toBe(0o600)
  expect(await readdir(dirname(file))).toEqual(['cli.json'])
})

test('a missing file is no login, a broken one says what to do', async () => {
  expect(await readLogin(file)).toBeUndefined()
  await mkdir(dirname(file))
  await writeFile(file, '{"url":')
  await expect(readLogin(file)).rejects.toThrow('sluice login')
  await writeFile(file, '{"url":"http://s"}')
  await expect(readLogin(file)).rejects.toThrow('sluice login')
})

test('removing says whether there was something', async () => {
  expect(await removeLogin(file)).toBe(false)
  await writeLogin(file, { url: 'http://s', key: 'k' })
  expect(await removeLogin(file)).toBe(true)
  expect(await readLogin(file)).toBeUndefined()
})
