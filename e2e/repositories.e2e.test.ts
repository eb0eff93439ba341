import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { findBrowser } from './browser.ts'
import { openStage, setUpThroughPage, type Stage } from './page.ts'

const browser = findBrowser()
let stage: Stage
let page: Page
let remote: Server

const git = (folder: string, ...args: string[]) =>
  execFileSync(
    'git',
    ['-C', folder, '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args],
    { stdio: 'pipe' },
  )

async function makeRepository(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const scripts = { test: 'echo first; echo second', lint: 'echo not good; exit 3' }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'x', scripts }))
  git(folder, 'init', '-q', '-b', 'main')
  git(folder, 'add', '-A')
  git(folder, 'commit', '-qm', 'Begin')
}

/** A bare repository over plain HTTP, as git's "dumb" protocol reads it. */
async function serveFolder(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
    const file = createReadStream(join(folder, path))
    file.on('error', () => response.writeHead(404).end())
    file.pipe(response)
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  return server
}

beforeAll(async () => {
  if (browser.path === undefined) return
  stage = await openStage(browser.path)
  for (const name of ['alpha', 'group/beta', "it's gamma"])
    await makeRepository(join(stage.work, 'code', name))
  const served = join(stage.work, 'served')
  await mkdir(served)
  git(stage.work, 'clone', '-q', '--bare', join(stage.work, 'code/alpha'), join(served, 'far.git'))
  git(join(served, 'far.git'), 'update-server-info')
  remote = await serveFolder(served)
  page = await stage.openPage({ width: 1280, height: 800 })
  await setUpThroughPage(page, stage.url)
})
afterAll(async () => {
  remote?.closeAllConnections()
  remote?.close()
  await stage?.[Symbol.asyncDispose]()
})
beforeEach((context) => {
  if (browser.path === undefined) context.skip(browser.reason)
})

test('a folder is searched, and what is found is added', async () => {
  await page.goto(`${stage.url}/repositories/add`)
  const folder = page.getByLabel('Folder to search')
  await folder.fill(join(stage.work, 'nothing'))
  await page.keyboard.press('Enter')
  await page.getByText('There is no readable folder').waitFor()
  expect(await folder.inputValue()).toContain('nothing')

  await folder.fill(join(stage.work, 'code'))
  await page.keyboard.press('Enter')
  await page.getByText('3 found in').waitFor()
  await page.getByLabel('All', { exact: true }).check()
  await page.getByRole('button', { name: 'Add 3 repositories' }).click()
  const table = page.getByRole('table', { name: 'Repositories' })
  await table.getByRole('link', { name: "it's gamma" }).waitFor()
  expect(await table.getByRole('row').count()).toBe(4)
})

test('gates are found, put in order by keyboard, tried, and their order outlives a reload', async () => {
  await page.goto(`${stage.url}/repositories`)
  await page.getByRole('link', { name: 'alpha' }).click()
  await page.getByRole('link', { name: 'Gates' }).click()
  const list = page.getByRole('list', { name: 'Gates in order' })
  const row = (name: string) => list.getByRole('listitem').filter({ hasText: name })
  const order = async () =>
    (await list.getByRole('listitem').allInnerTexts()).map((text) => /Lint|Tests/.exec(text)?.[0])
  await row('Tests').waitFor()
  const before = await order()
  expect(before).toHaveLength(2)

  await page.getByRole('button', { name: /^Place 1 of 2/ }).focus()
  await page.keyboard.press('Alt+ArrowDown')
  await expect.poll(order, { timeout: 30_000 }).toEqual(before.toReversed())
  await page.reload()
  await expect.poll(order, { timeout: 30_000 }).toEqual(before.toReversed())

  await row('Tests').getByRole('button', { name: 'Try now' }).click()
  await row('Tests').getByRole('log').getByText('second').waitFor()
  await row('Tests').getByText('Passed').waitFor()
  await row('Lint').getByRole('button', { name: 'Try now' }).click()
  await row('Lint').getByText('Failed', { exact: true }).waitFor()
  await row('Lint').getByText('exit 3', { exact: true }).waitFor()

  await row('Lint').getByRole('button', { name: 'Remove Lint' }).click()
  await page.getByRole('button', { name: 'Undo' }).click()
  await row('Lint').waitFor()
  await expect.poll(order, { timeout: 30_000 }).toEqual(before.toReversed())
})

test('a repository is cloned by its address; one that is not there says so and offers to try again', async () => {
  const { port } = remote.address() as AddressInfo
  await page.goto(`${stage.url}/repositories/add?by=url`)
  await page.getByLabel('URL').fill(`http://127.0.0.1:${port}/missing.git`)
  await page.keyboard.press('Enter')
  await page.getByText('The clone failed').waitFor()
  await page.getByRole('button', { name: 'Try again' }).waitFor()
  await page.getByRole('button', { name: 'Remove from the list' }).click()

  await page.waitForURL(/\/repositories$/)
  await page.goto(`${stage.url}/repositories/add?by=url`)
  await page.getByLabel('URL').fill(`http://127.0.0.1:${port}/far.git`)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'far' }).waitFor()
  await page.getByText('Clean').waitFor()
  await page.getByText('Begin').waitFor()
  expect(await page.getByText('main', { exact: true }).count()).toBeGreaterThan(0)
})

test('an address that no page has is answered inside the frame', async () => {
  await page.goto(`${stage.url}/settings/nothing`)
  await page.getByText('There is no page at this address').waitFor()
  await page.getByRole('link', { name: 'Repositories' }).filter({ visible: true }).first().click()
  await page.getByRole('table', { name: 'Repositories' }).waitFor()
  expect(stage.complaints).toEqual([])
})
