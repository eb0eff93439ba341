import { removeUnusedAttachments } from '@sluice/core/attachments'
import { abandonIdleSessions } from '@sluice/core/sessions'
import {
  forgetOldRuns,
  pruneCachedCheckouts,
  removeLeftoverCheckouts,
  sweepArtifacts,
  tidyShadows,
} from '@sluice/core/tasks'
import type { CoreDeps } from '@sluice/core/platform'

const everyMs = 10 * 60_000

/** Work that no request asks for: done once at start and then every ten minutes, one round at a time. */
export function startHousekeeping(
  core: CoreDeps,
  { keepRunsDays }: { keepRunsDays: number },
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  let round: Promise<void> | undefined
  const keepHouse = async () => {
    const abandoned = await abandonIdleSessions(core)
    const checkouts = await removeLeftoverCheckouts(core, stopping.signal)
    const pruned = await pruneCachedCheckouts(core)
    // Answers to repeated creates are kept for a day.
    await core.db.querySystem('delete from idempotency_keys where expires_at < $1', [
      core.clock.now().toISOString(),
    ])
    const forgotten = await forgetOldRuns(core, keepRunsDays, stopping.signal)
    const attachments = await removeUnusedAttachments(core)
    const artifacts = await sweepArtifacts(core, stopping.signal)
    const refs = await tidyShadows(core, stopping.signal)
    if (abandoned + checkouts + pruned + forgotten + attachments + artifacts + refs > 0)
      core.log.info(
        { abandoned, checkouts, pruned, forgotten, attachments, artifacts, refs },
        'housekeeping',
      )
  }
  const begin = () => {
    round ??= keepHouse()
      .catch((error: unknown) => {
        if (!stopping.signal.aborted)
          core.log.warn({ err: error }, 'housekeeping failed; it is tried again later')
      })
      .finally(() => {
        round = undefined
      })
  }
  begin()
  const timer = setInterval(begin, everyMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await round
    },
  }
}
