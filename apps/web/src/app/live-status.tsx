import { useQuery } from '@tanstack/react-query'
import { CloudOff } from 'lucide-react'
import { useNow } from '../ui/clock.ts'
import { isCode } from '../ui/problem.ts'
import { formatExact } from '../ui/format.ts'
import { api } from './api.ts'
import { useConnection } from './live.ts'
import { signInAddress } from './workspace-address.ts'

const QUIET_MS = 4000

/**
 * One line at the top while what is shown may be old: since when, and that it comes back by itself. A first
 * connection and a blink of a few seconds stay quiet.
 */
export function LiveStatus() {
  const connection = useConnection()
  const now = useNow()
  if (connection.state === 'live') return null
  if (connection.state === 'connecting' && now - connection.since < QUIET_MS) return null
  const since = new Date(connection.since).toISOString()
  return (
    <div
      role="status"
      className="flex items-center gap-2 border-b border-warning/40 bg-warning-soft px-4 py-1.5 text-list text-warning"
    >
      <CloudOff size={14} aria-hidden className="shrink-0" />
      {connection.reason === 'unauthenticated' ? (
        <AccessEnded />
      ) : (
        <span>
          Not connected. What you see is from <time dateTime={since}>{formatExact(since)}</time>;
          this page catches up by itself.
        </span>
      )}
    </div>
  )
}

/** The server let this page's credentials go: asked once more, it says whether they ended everywhere or only here. */
function AccessEnded() {
  const asked = useQuery({
    ...api.me.get.queryOptions({ meta: { isSignInCheck: true } }),
    queryKey: ['access-ended'],
    staleTime: 0,
  })
  if (isCode(asked.error, 'not_found')) {
    return (
      <span>
        You no longer belong to this workspace.{' '}
        <a href="/" className="font-medium underline">
          Go to your own workspaces
        </a>
      </span>
    )
  }
  return (
    <span>
      You were signed out.{' '}
      <a href={signInAddress()} className="font-medium underline">
        Sign in again
      </a>{' '}
      to see what happens.
    </span>
  )
}
