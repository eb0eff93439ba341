import { join } from 'node:path'
import type { Session } from '@sluice/contract/session'
import type { TaskStatus } from '@sluice/contract/task'
import { type Client, createClient } from '@sluice/sdk/client'
import { createTestDatabase, type TestDatabase } from '@sluice/testing/database'
import { createGate } from '@sluice/testing/wait'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findBrowser } from './browser.ts'
import { makeKey } from './journey.ts'
import { bigFileLines, createLargeRepository, oddNames } from './large-change.ts'
import { rounds, writeLongTimeline } from './long-timeline.ts'
import { openStage, setUpThroughPage, signInThroughPage, type Stage } from './page.ts'
import { calls, openScriptedModel, type ScriptedModel } from './scripted-model.ts'

/** What of a scrolling element is used in the page. */
interface Scroller {
  scrollTop: number
  clientHeight: number
}
const patience = { timeout: 30_000 }

const browser = findBrowser()
let database: TestDatabase
let stage: Stage
let model: ScriptedModel
let page: Page
let client: Client
let noSandbox: string | undefined
let session: Session

beforeAll(async () => {
  if (browser.path === undefined) return
  database = await createTestDatabase()
  model = await openScriptedModel()
  stage = await openStage(browser.path, {
    OPENAI_BASE_URL: model.provider.openaiUrl,
    OPENAI_API_KEY: model.key,
    DATABASE_URL: database.url,
  })
  page = await stage.openPage({ width: 1440, height: 900 })
  await setUpThroughPage(page, stage.url)
  const key = await makeKey(page, stage.url, 'test')
  client = createClient({ url: stage.url, headers: { authorization: `Bearer ${key}` } })
  const bubblewrap = (await client.settings.sandboxes()).items.find(
    ({ name }) => name === 'bubblewrap',
  )
  if (bubblewrap?.isAvailable !== true) {
    noSandbox = `no bubblewrap: ${bubblewrap?.reason}`
    return
  }
  const path = join(stage.work, 'large')
  createLargeRepository(path)
  const repository = await client.repositories.add({ path })
  model.say(calls(['run_command', { command: 'node rewrite.mjs' }]), {
    text: 'Everything is rewritten.',
  })
  const started = await client.sessions.create({
    repositoryId: repository.id,
    prompt: 'Rewrite everything',
    mode: 'isolated',
    modelId: 'house-model',
  })
  session = started.session
  await untilTask(['waiting_approval'])
})
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]()
  await model?.[Symbol.asyncDispose]()
  await database?.drop()
})
beforeEach((context) => {
  if (browser.path === undefined) context.skip(browser.reason)
  if (noSandbox !== undefined) context.skip(noSandbox)
})

/** Waits on the session's stream until its newest task is in one of the states. */
async function untilTask(wanted: TaskStatus[]): Promise<void> {
  for (let after = 0; ;) {
    const { task } = await client.sessions.get({ sessionId: session.id })
    if (task !== null && wanted.includes(task.status)) return
    if (task?.failure) throw new Error(`The task failed: ${task.failure.message}`)
    after = (
      await client.events.list({
        stream: `session:${session.id}`,
        after,
        limit: 1000,
        waitSeconds: 20,
      })
    ).cursor
  }
}

/** Every element of the page, those inside of components included. */
const countElements = () =>
  page.evaluate<number>(`(() => {
    const count = (root) => [...root.querySelectorAll('*')].reduce((sum, one) => sum + 1 + (one.shadowRoot ? count(one.shadowRoot) : 0), 0)
    return count(document)
  })()`)
/** A page of 120,000 lines has many times as many; one that draws what is in view has a few thousand. */
const mostElements = 12_000

const tree = () => page.getByRole('navigation', { name: 'Changed files' })
const activeFile = () => tree().locator('[aria-current=true]').getAttribute('title')
const sessionUrl = (tab: string) => `${stage.url}/sessions/${session.id}?tab=${tab}`

test('a change of 120,000 lines opens with only what is in view in the page, and answers keys while patches are under way', async () => {
  const change = (await client.sessions.get({ sessionId: session.id })).task!.change!
  expect(change.files).toBe(200 + 5 + oddNames.length)
  expect(change.additions + change.deletions).toBeGreaterThanOrEqual(120_000)

  // No patch arrives before the keys were answered: whatever waits for one would wait for ever.
  const released = createGate()
  await page.route('**/api/rpc/review/patch', async (route) => {
    await released.opened
    await route.continue()
  })
  await page.goto(sessionUrl('changes'))
  await tree().waitFor()
  const first = await activeFile()
  await page.keyboard.press('j')
  await expect.poll(activeFile, patience).not.toBe(first)
  for (let step = 0; step < 30; step++) await page.keyboard.press('j')
  await expect.poll(activeFile, patience).toMatch(/^src\//)
  await page.getByLabel('Prompt').fill('typed meanwhile')
  expect(await page.getByLabel('Prompt').inputValue()).toBe('typed meanwhile')
  await page.getByLabel('Prompt').fill('')
  expect(await countElements()).toBeLessThan(mostElements)
  released.open()
  await page
    .getByText(/after \d+/)
    .filter({ visible: true })
    .first()
    .waitFor()
  expect(await countElements()).toBeLessThan(mostElements)

  // At the end, where no further file can stand at the top, the keys still go from file to file.
  await openFile('tool.sh')
  await page.evaluate('document.activeElement.blur()')
  await page.keyboard.press('j')
  expect(await activeFile()).toBe('tool.sh')
  await page.keyboard.press('k')
  await expect.poll(activeFile, patience).toBe('old name.md → new name.md')
  await page.keyboard.press('k')
  await expect.poll(activeFile, patience).toBe('dot.png')
  expect(await countElements()).toBeLessThan(mostElements)
})

/** Opens a file of the change from the tree, which draws only the rows in view. */
async function openFile(title: string): Promise<void> {
  const row = tree()
    .locator('button')
    .and(page.getByTitle(title, { exact: true }))
  const nextScreen = (nav: Scroller) => {
    const was = nav.scrollTop
    nav.scrollTop += nav.clientHeight / 2
    if (nav.scrollTop === was) nav.scrollTop = 0
  }
  await expect
    .poll(async () => {
      if ((await row.count()) > 0) return true
      await tree().evaluate(nextScreen)
      return false
    }, patience)
    .toBe(true)
  await row.click()
}

test('what has no lines to show is there with its reason, and names of all kinds are names', async () => {
  const reasons: Record<string, string | RegExp> = {
    'data.bin': 'Binary file',
    'old name.md → new name.md': 'Renamed, content unchanged',
    'tool.sh': 'Mode changed: plain file → executable',
  }
  for (const [title, reason] of Object.entries(reasons)) {
    await openFile(title)
    await page.getByText(reason).filter({ visible: true }).first().waitFor()
  }
  await openFile('dot.png')
  for (const side of ['before', 'after']) {
    const image = page.getByAltText(`dot.png, ${side} the change`)
    await image.waitFor()
    await expect
      .poll(() => image.evaluate((one: { naturalWidth?: number }) => one.naturalWidth))
      .toBe(1)
  }
  for (const name of oddNames) {
    await openFile(name)
    expect(await activeFile()).toBe(name)
    await page.getByRole('button', { name: `Fold ${name}`, exact: true }).waitFor()
    expect(new URL(page.url()).searchParams.get('file')).toBe(name)
  }
})

test('a file of 20,000 changed lines is folded until it is asked for, and then drawn in part', async () => {
  await openFile('big.txt')
  await page.getByText(`${(2 * bigFileLines).toLocaleString('en')} changed lines: folded`).waitFor()
  await page.getByRole('button', { name: 'Show it' }).click()
  await page
    .getByText(/before 0, one/)
    .filter({ visible: true })
    .first()
    .waitFor()
  expect(await countElements()).toBeLessThan(mostElements)
})

test('a comment is written by keyboard, and viewed marks are there after a reload', async () => {
  await openFile(oddNames[0]!)
  await page.evaluate('document.activeElement.blur()')
  await page.keyboard.press('n')
  await page.keyboard.press('c')
  await page.getByLabel(/^Comment on/).fill('Why every line?')
  await page.keyboard.press('Control+Enter')
  await page.getByText('1 draft comment').waitFor()
  const viewed = await activeFile()
  await page.evaluate('document.activeElement.blur()')
  await page.keyboard.press('v')
  await page.getByText('1 of 209 viewed').waitFor()
  await page.reload()
  await page.getByText('1 of 209 viewed').waitFor()
  await page.getByText('1 draft comment').waitFor()
  await openFile(viewed!)
  const { items } = await client.review.comments({
    taskId: (await client.sessions.get({ sessionId: session.id })).task!.id,
  })
  expect(items).toMatchObject([{ path: oddNames[0], body: 'Why every line?', status: 'draft' }])
})

test('a timeline of 3,000 events scrolls, stays where its reader is, and keeps to its end for one who is there', async () => {
  await page.goto(sessionUrl('log'))
  const timeline = page.getByRole('log', { name: 'Timeline' })
  await timeline.getByText('Everything is rewritten.').waitFor()
  const shown = () => timeline.locator('[data-item]').count()
  const { current } = await client.me.get()
  const { task } = await client.sessions.get({ sessionId: session.id })
  await writeLongTimeline(database, {
    workspaceId: current!.workspace.id,
    sessionId: session.id,
    taskId: task!.id,
  })
  // Open since before the first of them and at the end: the page went along.
  await timeline.getByText(`look ${rounds}`).waitFor()
  expect(await shown()).toBeLessThan(150)

  await page.reload()
  await timeline.getByText(`look ${rounds}`).waitFor()
  await timeline.evaluate((one: Scroller) => (one.scrollTop = 0))
  await timeline.getByText('Rewrite everything').waitFor()
  expect(await shown()).toBeLessThan(150)
  await say('One more word.')
  // A reader of the beginning stays there.
  expect(await timeline.evaluate((one: Scroller) => one.scrollTop)).toBe(0)
  expect(await timeline.getByText('One more word.').count()).toBe(0)
  await page.getByRole('button', { name: 'Jump to newest' }).click()
  await timeline.getByText('One more word.').waitFor()

  await say('The very last word.')
  await timeline.getByText('The very last word.').waitFor()

  // What is typed is shown at once, wherever it stands, and stays shown.
  await page.keyboard.press('Control+f')
  await page.getByRole('searchbox', { name: 'Find in session' }).fill('Thought number 37,')
  await page.getByText('1 of 1').waitFor()
  const wanted = timeline.getByText('Thought number 37,')
  await wanted.waitFor()
  const [frame, hit] = await Promise.all([timeline.boundingBox(), wanted.boundingBox()])
  expect(hit!.y).toBeGreaterThan(frame!.y)
  expect(hit!.y + hit!.height).toBeLessThan(frame!.y + frame!.height)
  expect(stage.complaints).toEqual([])
})

/** Lets the agent say something, and waits until the page can have heard of it. */
async function say(text: string): Promise<void> {
  model.say({ text })
  const { task } = await client.sessions.get({ sessionId: session.id })
  await client.tasks.requestChanges({ taskId: task!.id, text: 'Go on' })
  await untilTask(['waiting_approval'])
}

test('at phone width the large change and the long timeline need no sideways scrolling', async () => {
  const phone = await stage.openPage({ width: 390, height: 844 })
  await signInThroughPage(phone, stage.url)
  const overflow = () =>
    phone.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
  await phone.goto(sessionUrl('log'))
  await phone.getByRole('log', { name: 'Timeline' }).getByText('The very last word.').waitFor()
  expect(await overflow()).toBe(0)
  await phone.goto(sessionUrl('changes'))
  await phone
    .getByRole('button', { name: /^Fold / })
    .first()
    .waitFor()
  expect(await overflow()).toBe(0)
  expect(stage.complaints).toEqual([])
  await phone.close()
})
