import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findBrowser } from './browser.ts'
import { openStage, owner, setUpThroughPage, type Stage } from './page.ts'

const browser = findBrowser()
const desk = { width: 1280, height: 800 }
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

test('the first start marks what is wrong, and loses nothing of what was typed', async () => {
  const page = await stage.openPage(desk)
  await page.goto(stage.url)
  await page.getByLabel('Name').fill(owner.name)
  await page.getByLabel('E-mail').fill('ada')
  await page.getByLabel('Password').fill('short')
  await page.getByLabel('Workspace').fill(owner.workspace)
  await page.keyboard.press('Enter')
  await page.getByText('must be an e-mail address').waitFor()
  await page.getByText('must have at least 10 characters').waitFor()
  expect(
    await page
      .getByLabel('E-mail')
      .evaluate((field) => field === field.ownerDocument.activeElement),
  ).toBe(true)
  expect(await page.getByLabel('Password').inputValue()).toBe('short')
  await setUpThroughPage(page, stage.url)
  await page.close()
})

test('a wrong password is refused in words, and the way back leads to the page that was asked for', async () => {
  const page = await stage.openPage(desk)
  await page.goto(`${stage.url}/settings/members`)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill('not the password')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  expect(await page.getByLabel('E-mail').inputValue()).toBe(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.keyboard.press('Enter')
  await page.getByRole('table', { name: 'Members' }).getByText(owner.email).waitFor()
  await page.close()
})

test('an invited person joins by the link, sees what a viewer may see, and loses it when removed', async () => {
  const page = await stage.openPage(desk)
  await page.goto(stage.url)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Inbox' }).waitFor()
  await page.goto(`${stage.url}/settings/members`)
  await page.getByLabel('E-mail').fill('bo@example.com')
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  const link = await page.locator('code').filter({ hasText: '/invite/' }).innerText()

  const guest = await stage.openPage({ width: 390, height: 844 })
  await guest.goto(stage.url + new URL(link).pathname)
  await guest.getByLabel('Your name').fill('Bo')
  await guest.getByLabel('Password').fill(owner.password)
  await guest.keyboard.press('Enter')
  await guest.getByRole('heading', { name: 'Inbox' }).waitFor()

  // The list follows the event log: the newcomer appears without a reload.
  const row = page.getByRole('row', { name: /bo@example\.com/ })
  await row.getByRole('button', { name: /Role of Bo/ }).click()
  await page.getByRole('option', { name: 'viewer' }).click()
  await page.getByText('Bo is now viewer').waitFor()

  await guest.goto(`${stage.url}/sessions/new`)
  await guest.getByText('You may read this workspace, not give tasks in it').waitFor()
  await guest.goto(`${stage.url}/settings/audit`)
  await guest.getByText('Your role does not show this part').waitFor()

  await row.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('button', { name: 'Remove member' }).click()
  await guest.getByText('You no longer belong to this workspace').waitFor()
  await guest.getByRole('link', { name: 'Go to your own workspaces' }).click()
  await guest.getByRole('heading', { name: 'You belong to no workspace' }).waitFor()
  await guest.getByLabel('Name').fill('Mine')
  await guest.keyboard.press('Enter')
  await guest.waitForURL(/\/w\/mine\/inbox/)
  expect(stage.complaints).toEqual([])
  await guest.close()
  await page.close()
})

test('a key is shown once, works, and ends when it is revoked', async () => {
  const page = await stage.openPage(desk)
  await page.goto(`${stage.url}/settings/api-keys`)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.keyboard.press('Enter')
  await page.getByLabel('Name').fill('ci')
  await page.getByRole('button', { name: 'Make key' }).click()
  const key = await page.getByRole('status').locator('code').innerText()
  const ask = () => fetch(`${stage.url}/api/me`, { headers: { authorization: `Bearer ${key}` } })
  expect((await ask()).status).toBe(200)

  await page.reload()
  await page.getByRole('button', { name: 'Revoke' }).click()
  expect(await page.locator('body').innerText()).not.toContain(key)
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await page.getByText('“ci” was revoked').waitFor()
  expect((await ask()).status).toBe(401)
  await page.close()
})
