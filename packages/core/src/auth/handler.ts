import { SluiceError, type ErrorCode } from '@sluice/contract/errors'
import { mapDatabaseError } from '@sluice/db/errors'
import { addressHeader } from './better-auth.ts'

/** The parts of better-auth that stand open. Everything that our contract has, or that nobody needs yet, is closed. */
const openPaths = new Set([
  'GET /get-session',
  'POST /sign-in/email',
  'POST /sign-out',
  'POST /change-password',
  'POST /request-password-reset',
  'GET /reset-password/:token',
  'POST /reset-password',
  'GET /list-sessions',
  'POST /revoke-session',
  'POST /revoke-other-sessions',
])
const basePath = '/api/auth'

export function isOpenPath(method: string, pathname: string): boolean {
  const path = pathname
    .slice(basePath.length)
    .replace(/^\/reset-password\/[^/]+$/, '/reset-password/:token')
  return pathname.startsWith(`${basePath}/`) && openPaths.has(`${method} ${path}`)
}

const codeOfStatus: Record<number, ErrorCode> = {
  400: 'invalid_input',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  415: 'invalid_input',
  422: 'unprocessable',
  429: 'rate_limited',
}

interface HandleOptions {
  /** Of the caller, as the server knows it. */
  address: string | null
  /** Of the public URL; a page from there may sign in, as one from wherever the request itself went. */
  ownOrigin: string
  next: (request: Request) => Promise<Response>
}

/**
 * Passes a request to better-auth, with the address we know instead of one the client claims, and gives
 * its refusals the one error form.
 * @throws SluiceError `not_found` for a closed path, `forbidden` for a page of another origin, `database_unavailable`
 */
export async function handle(
  request: Request,
  { address, ownOrigin, next }: HandleOptions,
): Promise<Response> {
  const { pathname, origin } = new URL(request.url)
  if (!isOpenPath(request.method, pathname))
    throw new SluiceError('not_found', `There is nothing at ${request.method} ${pathname}.`)
  refuseForeignOrigin(request, [origin, ownOrigin])
  const headers = new Headers(request.headers)
  headers.delete(addressHeader)
  if (address) headers.set(addressHeader, address)
  const response = await next(new Request(request, { headers })).catch((error: unknown) => {
    throw mapDatabaseError(error)
  })
  if (response.status < 400) return response
  return inOurForm(response)
}

// Ours and not left to better-auth, whose own check depends on NODE_ENV.
function refuseForeignOrigin(request: Request, allowed: readonly string[]): void {
  if (request.method === 'GET') return
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  // A program that is no browser sends neither, and no cookie that it was not given.
  const isForeign =
    origin === null ? site === 'cross-site' || site === 'same-site' : !allowed.includes(origin)
  if (isForeign)
    throw new SluiceError('forbidden', 'This request came from the page of another site.')
}

async function inOurForm(response: Response): Promise<Response> {
  const code = codeOfStatus[response.status] ?? 'internal'
  const said = (await response.json().catch(() => ({}))) as { message?: string; code?: string }
  const message =
    code === 'internal'
      ? 'Something went wrong on the server.'
      : (said.message ?? 'The request was refused.')
  const headers = new Headers({ 'content-type': 'application/json' })
  const retryAfter = response.headers.get('x-retry-after')
  if (retryAfter) headers.set('retry-after', retryAfter)
  for (const cookie of response.headers.getSetCookie()) headers.append('set-cookie', cookie)
  const details = said.code ? { details: { reason: said.code } } : {}
  return new Response(JSON.stringify({ error: { code, message, ...details } }), {
    status: response.status,
    headers,
  })
}
