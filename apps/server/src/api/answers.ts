import type { Download } from '@sluice/core/tasks'

/** The answer of an operation that has nothing to say but that it worked. */
export async function done(work: Promise<unknown>): Promise<{ ok: true }> {
  await work
  return { ok: true }
}

/** A download under its name. */
export function toFile({ name, contentType, bytes }: Download): File {
  return new File([bytes], name, { type: contentType })
}
