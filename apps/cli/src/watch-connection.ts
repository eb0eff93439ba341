import type { LiveClient } from '@sluice/sdk/live'
import { CommandError, exitCode } from './exit-code.ts'

/** A server that restarts is back in seconds; after this it is gone. */
const goneAfterMs = 120_000

/**
 * Says when a live connection is lost and found again, and gives up where it stays lost or the
 * key was revoked: the live client itself would try for ever.
 */
export function watchConnection(
  live: Pick<LiveClient, 'connection' | 'onConnection'>,
  say: (text: string) => void,
): Disposable & { signal: AbortSignal } {
  const gone = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isLost = false
  const look = () => {
    const { state, reason } = live.connection
    if (state === 'live') {
      clearTimeout(timer)
      timer = undefined
      if (isLost) say('Connected again; nothing was missed.')
      isLost = false
      return
    }
    if (reason === 'unauthenticated') {
      gone.abort(
        new CommandError('unauthenticated', exitCode.forbidden, 'The key is no longer valid.'),
      )
      return
    }
    if (state === 'offline' && !isLost) {
      isLost = true
      say('The connection to the server is lost; trying again.')
    }
    timer ??= setTimeout(
      () =>
        gone.abort(
          new CommandError(
            'unreachable',
            exitCode.unreachable,
            `The server has not answered for ${goneAfterMs / 60_000} minutes. What it was doing goes on when it is back.`,
          ),
        ),
      goneAfterMs,
    )
  }
  const forget = live.onConnection(look)
  look()
  return {
    signal: gone.signal,
    [Symbol.dispose]() {
      forget()
      clearTimeout(timer)
    },
  }
}
