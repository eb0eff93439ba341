import type { Sandbox, SandboxProviderName } from '@sluice/sandbox/sandbox'

export interface LazySandbox extends Sandbox {
  /** Opens it and starts what its file operations need, beside whatever goes on; a failure shows at the first use. */
  warm(): void
}

/**
 * A sandbox that opens when it is first used: a run that is replayed over its recorded steps
 * uses none. A failure to open is thrown to whoever used it, and the next use tries again.
 */
export function lazySandbox(
  known: { id: string; provider: SandboxProviderName; root: string },
  open: () => Promise<Sandbox>,
): LazySandbox {
  let opening: Promise<Sandbox> | undefined
  const use = () => {
    if (opening !== undefined) return opening
    const started = open()
    opening = started
    started.catch(() => {
      if (opening === started) opening = undefined
    })
    return started
  }
  const dispose = async () => {
    // One that failed to open has nothing to let go of; its user was told.
    const sandbox = await opening?.catch(() => undefined)
    await sandbox?.dispose()
  }
  return {
    ...known,
    notes: [],
    warm() {
      if (opening !== undefined) return
      use()
        .then((sandbox) => sandbox.stat('.'))
        .catch(() => undefined)
    },
    exec: async (...args) => (await use()).exec(...args),
    readFile: async (...args) => (await use()).readFile(...args),
    writeFile: async (...args) => (await use()).writeFile(...args),
    removeFile: async (...args) => (await use()).removeFile(...args),
    list: async (...args) => (await use()).list(...args),
    stat: async (...args) => (await use()).stat(...args),
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}
