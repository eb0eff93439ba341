import { randomBytes } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { type ChildServer, spawnServer } from '@sluice/server/testing/child-server'
import { createTestMachine } from '@sluice/server/testing/machine.fixture'
import { launchBrowser } from './browser.ts'

export const owner = {
  name: 'Ada Tester',
  email: 'ada@example.com',
  password: randomBytes(9).toString('hex'),
  workspace: 'Team',
}

/** A real server on a data folder of its own, with a browser that looks at it. */
export interface Stage extends AsyncDisposable {
  browser: Browser
  readonly url: string
  /** Where the test may lay repositories. */
  readonly work: string
  /** Ends the server as a power cut would, and starts it again on the same data and port. */
  pullThePlug(): Promise<void>
  /** What a page's console said that it should not have. */
  readonly complaints: string[]
  openPage(size: { width: number; height: number }): Promise<Page>
}

/** @param variables more settings of the server */
export async function openStage(
  browserPath: string,
  variables: Record<string, string> = {},
): Promise<Stage> {
  const machine = await createTestMachine()
  const environment = { ...machine.variables, SLUICE_RECORDING_PACE: '0.2', ...variables }
  let server: ChildServer = spawnServer({ ...environment, SLUICE_PORT: '0' })
  const url = await server.ready
  const browser = await launchBrowser(browserPath)
  const complaints: string[] = []
  return {
    browser,
    url,
    work: machine.work,
    complaints,
    async pullThePlug() {
      server.kill('SIGKILL')
      await server.ended
      server = spawnServer({ ...environment, SLUICE_PORT: new URL(url).port })
      await server.ready
    },
    async openPage(size) {
      const page = await browser.newPage({ viewport: size })
      page.setDefaultTimeout(60_000)
      page.on('pageerror', (error) => complaints.push(String(error)))
      return page
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      server.kill('SIGTERM')
      await server.ended
      await machine[Symbol.asyncDispose]()
    },
  }
}

/** The first start: makes the owner and the workspace through the page. */
export async function setUpThroughPage(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Name').fill(owner.name)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.getByLabel('Workspace').fill(owner.workspace)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: `Hello, ${owner.name}` }).waitFor()
}

/** Signs in on the sign-in page. */
export async function signInThroughPage(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/inbox/)
}
