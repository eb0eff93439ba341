import type { Me } from '@sluice/contract/people'
import { connectWith, defaultUrl, explainAt, keyHeaders, serverUrl } from '../connect.ts'
import { readLogin, removeLogin, writeLogin } from '../config.ts'
import { say, show, type Context, type ServerContext } from '../context.ts'
import { exitCode, usageError, type ExitCode } from '../exit-code.ts'
import { oneLine } from '../render/text.ts'

const isLoopback = (url: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)

/** `sluice login`: stores address and key once the server knows the key. */
export async function login(context: Context, options: { key?: string }): Promise<ExitCode> {
  const { environment } = context
  if (options.key !== undefined && options.key !== '-') {
    throw usageError(
      'A key on the command line can be read by others on this machine: use --key - and give it on standard input.',
    )
  }
  const url = serverUrl(context.urlOption ?? environment.url ?? defaultUrl)
  const key = await readKey(context, url, options.key === '-')
  if (!isLoopback(url) && url.startsWith('http:')) {
    say(
      context,
      context.paint.err.yellow('! The key goes to this server in the clear: it has no https.'),
    )
  }
  using connection = connectWith(url, keyHeaders(key))
  const me = await connection.client.me.get().catch((error: unknown) => {
    throw explainAt(url, error)
  })
  await writeLogin(environment.configFile, { url, key })
  show(context, { url, ...identity(me) }, () => `Signed in to ${url} as ${describe(me)}.\n`)
  if (!context.isJson) say(context, `Kept in ${environment.configFile}.`)
  return exitCode.ok
}

async function readKey(context: Context, url: string, fromInput: boolean): Promise<string> {
  const { io } = context
  if (!fromInput && !io.isInteractive) {
    throw usageError('There is no terminal to ask on: give the key on standard input with --key -.')
  }
  const given = fromInput
    ? await io.readInput()
    : await io.askSecret(`API key for ${url} (made under Settings, API keys): `)
  const key = given.trim()
  // A header cannot carry anything else, and nothing else is a key.
  if (!/^[\x21-\x7e]+$/.test(key)) throw usageError('That is not an API key.')
  return key
}

/** `sluice logout`: forgets the key on this machine; it stays valid until it is revoked. */
export async function logout(context: Context): Promise<ExitCode> {
  const { configFile } = context.environment
  const url = await readLogin(configFile).then(
    (stored) => stored?.url,
    () => undefined,
  )
  const wasSignedIn = await removeLogin(configFile)
  show(context, { wasSignedIn }, () =>
    wasSignedIn
      ? `Forgot the key${url === undefined ? '' : ` for ${url}`}. It stays valid until it is revoked on the page.\n`
      : 'Nothing was stored.\n',
  )
  return exitCode.ok
}

/** `sluice whoami` */
export async function whoAmI(context: ServerContext): Promise<ExitCode> {
  const me = await context.client.me.get()
  show(context, { url: context.url, ...identity(me) }, () => `${describe(me)} at ${context.url}\n`)
  return exitCode.ok
}

const identity = ({ user, via, current }: Me) => ({
  user,
  via,
  workspace: current?.workspace ?? null,
  abilities: current?.abilities ?? null,
})

function describe({ user, current }: Me): string {
  const name = `${oneLine(user.name)} <${oneLine(user.email)}>`
  if (current === undefined) return name
  return `${name}, ${current.workspace.role} of ${oneLine(current.workspace.name)}`
}
