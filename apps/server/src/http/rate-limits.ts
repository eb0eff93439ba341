import { SluiceError } from '@sluice/contract/errors'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

/** Requests that one caller may make in a window of time. */
export interface RateLimits {
  /** @param key who is counted: a user, a key, else the address */
  takeRequest(key: string): Promise<void>
  /** Far fewer: sign-in, setup and invitations by address. */
  takeSignIn(address: string): Promise<void>
}

/**
 * Limits of this process. They hold per process, which is enough against a script that runs
 * away; a team with several api processes has so many times the limit.
 * @throws SluiceError rate_limited, with the seconds to wait, from both methods
 */
export function createRateLimits(options: {
  requestsPerMinute: number
  signInsPerMinute: number
}): RateLimits {
  const requests = new RateLimiterMemory({ points: options.requestsPerMinute, duration: 60 })
  const signIns = new RateLimiterMemory({ points: options.signInsPerMinute, duration: 60 })
  const take = async (limiter: RateLimiterMemory, key: string) => {
    try {
      await limiter.consume(key)
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused
      const retryAfterSeconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
      throw new SluiceError(
        'rate_limited',
        `Too many requests. Try again in ${retryAfterSeconds} s.`,
        { details: { retryAfterSeconds } },
      )
    }
  }
  return {
    takeRequest: (key) => take(requests, key),
    takeSignIn: (address) => take(signIns, address),
  }
}
