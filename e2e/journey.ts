import type { Page } from 'playwright-core'
import type { ScriptedModel } from './scripted-model.ts'

/** Connects a model under Settings and asks it something with the Test button. @returns what the page says it answered */
export async function connectModel(page: Page, url: string, model: ScriptedModel): Promise<string> {
  await page.goto(`${url}/settings/providers`)
  await page.getByRole('button', { name: 'Connect a model' }).first().click()
  await page.getByRole('button', { name: /Kind$/ }).click()
  await page.getByRole('option', { name: /OpenAI-compatible/ }).click()
  await page.getByLabel('Name').fill('House model')
  await page.getByLabel('Address').fill(model.provider.openaiUrl)
  await page.getByLabel('Key', { exact: true }).fill(model.key)
  await page.getByLabel('Default model (optional)').fill('house-model')
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  const row = page.getByRole('listitem').filter({ hasText: 'House model' })
  await row.getByRole('button', { name: 'Test' }).click()
  return row.getByRole('status').filter({ hasText: 'answer' }).innerText()
}

/** Searches a folder for repositories and adds the one that is there. @returns its id, from the address of its page */
export async function addRepository(page: Page, url: string, path: string): Promise<string> {
  await page.goto(`${url}/repositories/add`)
  await page.getByLabel('Folder to search').fill(path)
  await page.keyboard.press('Enter')
  await page.getByRole('checkbox', { name: path }).check()
  await page.getByRole('button', { name: 'Add 1 repository' }).click()
  await page.waitForURL(/\/repositories\/rep_/)
  return new URL(page.url()).pathname.split('/').at(-1)!
}

/** Starts a session on a repository with what the form proposes. @returns its id */
export async function startSession(
  page: Page,
  url: string,
  repositoryId: string,
  prompt: string,
): Promise<string> {
  await page.goto(`${url}/sessions/new?repository=${repositoryId}`)
  await page.getByLabel('What is to be done?').fill(prompt)
  await page.getByRole('button', { name: 'Start session' }).click()
  await page.waitForURL(/\/sessions\/ses_/)
  return new URL(page.url()).pathname.split('/').at(-1)!
}

/** Makes an admin's API key under Settings. @returns the key, which the page shows once */
export async function makeKey(page: Page, url: string, name: string): Promise<string> {
  await page.goto(`${url}/settings/api-keys`)
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: /Role$/ }).click()
  await page.getByRole('option', { name: /^admin/i }).click()
  await page.getByRole('button', { name: 'Make key' }).click()
  return page.getByRole('status').filter({ hasText: name }).locator('code').innerText()
}
