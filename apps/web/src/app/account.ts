import { ORPCError } from '@orpc/client'
import { notifyError } from '../ui/notify.ts'

async function post(path: string, body: object): Promise<void> {
  const response = await fetch(`/api/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (response.ok) return
  const answer = (await response.json().catch(() => ({}))) as {
    message?: string
    code?: string
    error?: { message?: string; code?: string }
  }
  const code = answer.error?.code ?? answer.code ?? 'sign_in_failed'
  const message =
    response.status === 429
      ? tooManyTries(response.headers.get('retry-after'))
      : (answer.error?.message ?? answer.message ?? `The server answered ${response.status}.`)
  throw new ORPCError(code, { status: response.status, message })
}

/** @param retryAfter the header: seconds, as the server sends it */
function tooManyTries(retryAfter: string | null): string {
  const seconds = Number(retryAfter)
  const when =
    retryAfter === null || !Number.isFinite(seconds)
      ? 'in a minute'
      : `in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`
  return `Too many tries from this address. Try again ${when}.`
}

/** Starts a session in a cookie that scripts cannot read. */
export function signIn(account: { email: string; password: string }): Promise<void> {
  return post('sign-in/email', account)
}

/** Signs out and leaves for the sign-in page by a page load, so that nothing read stays in memory. */
export async function leave(): Promise<void> {
  try {
    await post('sign-out', {})
  } catch (cause) {
    notifyError('You are still signed in: signing out failed.', cause)
    return
  }
  window.location.assign('/sign-in')
}
