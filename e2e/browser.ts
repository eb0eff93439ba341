import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Chromium is, or why there is none. */
export type FoundBrowser = { path: string } | { path?: undefined; reason: string }

const knownPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/**
 * The browser for the journeys: what `SLUICE_TEST_BROWSER` names, else one at a known path.
 * @throws when `SLUICE_TEST_BROWSER` names nothing that exists: that is a mistake, not a reason to skip
 */
export function findBrowser(
  named: string | undefined = process.env.SLUICE_TEST_BROWSER,
  exists: (path: string) => boolean = existsSync,
): FoundBrowser {
  if (named !== undefined && named !== '') {
    if (!exists(named)) throw new Error(`SLUICE_TEST_BROWSER names ${named}, which does not exist`)
    return { path: named }
  }
  const path = knownPaths.find(exists)
  if (path !== undefined) return { path }
  return {
    reason: 'no Chromium is installed (apt install chromium, or name one in SLUICE_TEST_BROWSER)',
  }
}

/** Starts a browser that talks to nobody but the pages it is shown. */
export function launchBrowser(path: string): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    // Chromium's own sandbox refuses to work for root, and the pages here are ours.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-first-run',
    ],
    timeout: 60_000,
  })
}
