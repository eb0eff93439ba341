/**
 * Screenshots of every page, empty, full, loading and failing, at 1440 and 390 px, light and dark, into
 * `screens/`, with `screens/index.html` to leaf through them. Starts a server of its own.
 *
 *   pnpm screens [--only NAME]   NAME is a part of a page's name, such as `inbox`
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findBrowser, launchBrowser } from '../e2e/browser.ts'
import { callerOf, fill, owner } from './shots/fill.ts'
import { indexPage } from './shots/index-page.ts'
import { filledScreens, publicScreens, workspaceScreens } from './shots/pages.ts'
import { startServer } from './shots/server.ts'
import { shoot, type Shot } from './shots/shoot.ts'

const folder = join(import.meta.dirname, '../screens')
const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const chosen = <S extends { name: string }>(screens: readonly S[]) =>
  screens.filter((screen) => screen.name.includes(values.only))

await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
await using server = await startServer()
const browser = await launchBrowser(requireBrowser())
try {
  const { url } = server
  const shots: Shot[] = []
  const take = async (
    options: Pick<Parameters<typeof shoot>[0], 'state' | 'screens' | 'storage'>,
  ) => {
    const taken = await shoot({
      browser,
      url,
      folder,
      ...options,
      screens: chosen(options.screens),
    })
    shots.push(...taken)
    process.stdout.write(`${options.state}: ${taken.length} screens\n`)
  }

  await take({ state: 'first-start', screens: [{ name: 'setup', path: '/' }] })
  await callerOf(url)('POST', '/setup', { ...owner, workspace: 'Acme' })
  await take({ state: 'empty', screens: publicScreens })

  const context = await browser.newContext()
  await context.request.post(`${url}/api/auth/sign-in/email`, {
    data: { email: owner.email, password: owner.password },
    headers: { origin: url },
  })
  const storage = await context.storageState()
  await take({ state: 'empty', screens: workspaceScreens, storage })

  const cookie = storage.cookies.map((one) => `${one.name}=${one.value}`).join('; ')
  const filled = await fill(callerOf(url, { cookie }))
  const all = [...workspaceScreens, ...filledScreens(filled)]
  await take({ state: 'full', screens: all, storage })
  await take({ state: 'loading', screens: all, storage })
  await take({ state: 'failing', screens: all, storage })

  await writeFile(join(folder, 'index.html'), indexPage(shots))
  const wide = shots.filter((shot) => shot.overflowPx > 0)
  for (const shot of wide) process.stdout.write(`too wide by ${shot.overflowPx} px: ${shot.file}\n`)
  process.stdout.write(`${shots.length} screens in ${join(folder, 'index.html')}\n`)
  if (wide.length > 0) process.exitCode = 1
} finally {
  await browser.close()
}

function requireBrowser(): string {
  const found = findBrowser()
  if (found.path === undefined) throw new Error(`Screens need a browser: ${found.reason}`)
  return found.path
}
