import { CommandError, exitCode } from '../exit-code.ts'

const timeoutMs = 30_000

/**
 * Signs in by password and gives the headers that carry the session.
 * @throws CommandError sign_in_failed
 */
export async function signIn(
  url: string,
  account: { email: string; password: string },
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const response = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(account),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  })
  const cookie = cookieOf(response.headers.getSetCookie())
  if (!response.ok || cookie === '') {
    const said = (await response.text()).slice(0, 500)
    throw new CommandError(
      'sign_in_failed',
      exitCode.failed,
      `Signing in to the server failed with ${response.status}: ${said}`,
    )
  }
  return { cookie, origin: url }
}

/** The cookies of an answer as a request sends them back: names and values, without attributes. */
export function cookieOf(setCookies: readonly string[]): string {
  return setCookies
    .map((text) => text.split(';', 1)[0]!.trim())
    .filter((pair) => pair.includes('='))
    .join('; ')
}
