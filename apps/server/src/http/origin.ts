import { SluiceError } from '@sluice/contract/errors'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a change that another site's page asks the browser to make: a cookie would go with
 * it. Clients that are no browser send no Origin.
 * @throws SluiceError forbidden
 */
export function requireSameOrigin(request: Request, publicUrl: string | undefined): void {
  if (safeMethods.has(request.method)) return
  const origin = request.headers.get('origin')
  if (origin === null || isOwnOrigin(request, origin, publicUrl)) return
  throw new SluiceError(
    'forbidden',
    `A page of ${origin} may not change anything here. If that is your own address, set SLUICE_PUBLIC_URL to it.`,
  )
}

/** Whether an Origin header names this server, as it was reached or as SLUICE_PUBLIC_URL says. */
export function isOwnOrigin(
  request: Pick<Request, 'headers'>,
  origin: string,
  publicUrl: string | undefined,
): boolean {
  if (!URL.canParse(origin)) return false
  if (publicUrl !== undefined && new URL(publicUrl).origin === new URL(origin).origin) return true
  return new URL(origin).host === request.headers.get('host')
}
