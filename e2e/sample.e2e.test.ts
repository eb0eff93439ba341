import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findBrowser } from './browser.ts'
import { openStage, owner, setUpThroughPage, signInThroughPage, type Stage } from './page.ts'

const browser = findBrowser()
let stage: Stage
beforeAll(async () => {
  if (browser.path !== undefined) stage = await openStage(browser.path)
})
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]()
})
beforeEach((context) => {
  if (browser.path === undefined) context.skip(browser.reason)
})

interface Task {
  status: string
  commit: string | null
  branch: string
  change: { treeId: string }
  repositoryId: string
}

test('one click leads from an empty server to a reviewed commit, through a power cut in the middle', async () => {
  const page = await stage.openPage({ width: 1440, height: 900 })
  await setUpThroughPage(page, stage.url)
  await page.getByRole('button', { name: 'Try the sample' }).click()
  await page.waitForURL(/\/sessions\/ses_/)
  await page.getByText('Edited src/split.js').first().waitFor()

  // The page stays open while the server dies and comes back: it must show the truth by itself.
  await stage.pullThePlug()
  await page.getByRole('button', { name: 'Approve', exact: true }).waitFor()
  await expect.poll(() => page.getByText('Ready to review').count()).toBeGreaterThan(0)

  // By keys alone: Esc folds the panel, and its draft is there when it opens again.
  await page.locator('#page').focus()
  await page.keyboard.press('a')
  const message = page.getByLabel('Commit message')
  await message.fill('Give out every cent of a bill\n\nShares add up to the whole.')
  await page.keyboard.press('Escape')
  await message.waitFor({ state: 'detached' })
  await page.locator('#page').focus()
  await page.keyboard.press('a')
  await page.getByRole('radio', { name: 'then merge' }).check({ force: true })
  await message.press('Control+Enter')
  await page.getByText('Merged').first().waitFor()

  const { items } = (await (await page.request.get(`${stage.url}/api/tasks`)).json()) as {
    items: Task[]
  }
  const task = items[0]!
  expect(items).toHaveLength(1)
  expect(task.status).toBe('completed')
  const repository = (await (
    await page.request.get(`${stage.url}/api/repositories/${task.repositoryId}`)
  ).json()) as { path: string }
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository.path, ...args], { encoding: 'utf8' }).trim()
  expect(git('rev-parse', `${task.commit}^{tree}`)).toBe(task.change.treeId)
  expect(git('rev-parse', task.branch)).toBe(task.commit)
  expect(git('rev-parse', 'main')).toBe(task.commit)
  expect(git('rev-list', '--count', 'main')).toBe('2')
  expect(git('log', '-1', '--format=%an <%ae>')).toBe(`${owner.name} <${owner.email}>`)
  expect(git('log', '-1', '--format=%s')).toBe('Give out every cent of a bill')
  expect(git('log', '-1', '--format=%(trailers:key=Assisted-by,valueonly)')).toContain(
    'recorded/sample',
  )
  expect(git('status', '--porcelain')).toBe('')
  expect(stage.complaints).toEqual([])
  await page.close()
})

test('the session can be read and its change seen at phone width', async () => {
  const page = await stage.openPage({ width: 390, height: 844 })
  await signInThroughPage(page, stage.url)
  await page.getByRole('link', { name: 'Sessions' }).filter({ visible: true }).first().click()
  await page
    .getByRole('link', { name: /Splitting a bill/ })
    .first()
    .click()
  // The tabs peep out under the timeline: whoever touches one is brought to it.
  const panel = page.getByRole('tabpanel')
  await page.getByRole('tab', { name: /Changes/ }).click()
  await expect.poll(async () => (await panel.boundingBox())?.y ?? 844).toBeLessThan(300)
  await page.getByText('src/split.js').filter({ visible: true }).first().waitFor()
  const width = await page.evaluate<number>('document.documentElement.scrollWidth')
  expect(width).toBeLessThanOrEqual(390)
  expect(stage.complaints).toEqual([])
  await page.close()
})

test('what is being written survives the edit of a queued prompt', async () => {
  const page = await stage.openPage({ width: 1440, height: 900 })
  await signInThroughPage(page, stage.url)
  await page.goto(`${stage.url}/welcome`)
  await page.getByRole('button', { name: 'Try the sample' }).click()
  await page.waitForURL(/\/sessions\/ses_/)
  await page.getByRole('button', { name: 'Approve', exact: true }).waitFor()

  const box = page.getByLabel('Prompt', { exact: true })
  await box.fill('Later')
  await box.press('Control+Enter')
  await page.getByRole('region', { name: 'Queue' }).getByText('Later').waitFor()
  await box.fill('Half a thought')
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await expect.poll(() => box.inputValue()).toBe('Later')
  await page.getByRole('button', { name: 'Leave it as it was' }).click()
  await expect.poll(() => box.inputValue()).toBe('Half a thought')
  await page.getByRole('button', { name: 'Remove from the queue' }).click()
  expect(stage.complaints).toEqual([])
  await page.close()
})
