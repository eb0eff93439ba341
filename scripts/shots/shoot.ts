import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Screen } from './pages.ts'

export type State = 'first-start' | 'empty' | 'full' | 'loading' | 'failing'

const SETTLE_WITHIN_MS = 30_000
const variants = [
  { width: 1440, height: 900, theme: 'light' },
  { width: 1440, height: 900, theme: 'dark' },
  { width: 390, height: 844, theme: 'light' },
  { width: 390, height: 844, theme: 'dark' },
] as const

export interface Shot {
  name: string
  state: State
  variant: string
  file: string
  /** How much wider than its place the page is; one that scrolls sideways, or is cut, is a defect. */
  overflowPx: number
}

interface ShootOptions {
  browser: Browser
  url: string
  folder: string
  state: State
  screens: readonly Screen[]
  storage?: Awaited<ReturnType<BrowserContext['storageState']>>
}

/** Every screen in every variant, in one state. */
export async function shoot({
  browser,
  url,
  folder,
  state,
  screens,
  storage,
}: ShootOptions): Promise<Shot[]> {
  const shots: Shot[] = []
  for (const { width, height, theme } of variants) {
    const isPhone = width < 500
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      reducedMotion: 'reduce',
      hasTouch: isPhone,
      isMobile: isPhone,
      ...(storage === undefined ? {} : { storageState: storage }),
    })
    const page = await context.newPage()
    await intercept(page, state)
    for (const { name, path } of screens) {
      await page.goto(url + path, { waitUntil: 'load' })
      await settle(page, state).catch((cause: unknown) => {
        throw new Error(`${path} did not come to rest (${state}, ${width} px, ${theme})`, { cause })
      })
      const variant = `${width}-${theme}`
      const file = join(name, `${state}-${variant}.png`)
      await mkdir(join(folder, name), { recursive: true })
      await page.screenshot({ path: join(folder, file) })
      shots.push({ name, state, variant, file, overflowPx: await overflowOf(page, width) })
    }
    await context.close()
  }
  return shots
}

/** Holds back or fails every call but the ones that say who is there: the frame stays, its pages wait or fail. */
async function intercept(page: Page, state: State): Promise<void> {
  if (state !== 'loading' && state !== 'failing') return
  await page.route(/\/api\/rpc\/(?!me\/get|setup\/status)/, async (route) => {
    if (state === 'loading') return
    await route.fulfill({
      status: 500,
      json: {
        json: {
          defined: true,
          code: 'internal',
          status: 500,
          message:
            "Something went wrong on our side. The server's log says more under the id 5ca1ab1e0000.",
          data: { errorId: '5ca1ab1e0000' },
        },
        meta: [],
      },
    })
  })
}

/** Waits until nothing is being read any more; a page that loads for ever is looked at as it is. */
async function settle(page: Page, state: State): Promise<void> {
  await page.locator('h1').first().waitFor({ timeout: SETTLE_WITHIN_MS })
  if (state !== 'loading')
    await page
      .getByRole('status', { name: 'Loading' })
      .first()
      .waitFor({ state: 'detached', timeout: SETTLE_WITHIN_MS })
  await page.evaluate(
    'document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 250)))',
  )
}

// A phone's browser widens the page (and with it innerWidth) to what does not fit, so the width that was asked for
// is what counts. Fields of a form are looked at too: the frame's own scroller hides that they do not fit.
const overflowBeyond = (width: number) => `Math.ceil(Math.max(
  document.documentElement.scrollWidth,
  ...Array.from(
    document.querySelectorAll('main form :is(input, textarea, button)'),
    (control) => control.getBoundingClientRect().right,
  ),
  ${width},
) - ${width})`

async function overflowOf(page: Page, width: number): Promise<number> {
  return Number(await page.evaluate(overflowBeyond(width)))
}
