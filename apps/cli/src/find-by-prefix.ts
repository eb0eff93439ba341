import type { Page, PageQuery } from '@sluice/contract/paging'
import { usageError } from './exit-code.ts'

const fewest = 4

/**
 * The one thing whose id begins as typed, with or without its prefix, in a list that is read
 * to its end: that it is the only one is not known before.
 * @param kind the id's prefix, such as `tsk`
 * @returns undefined where nothing fits
 * @throws CommandError usage where several fit
 */
export async function findByPrefix<T extends { id: string }>(
  text: string,
  kind: string,
  list: (query: Pick<PageQuery, 'limit'> & { cursor?: string | undefined }) => Promise<Page<T>>,
): Promise<T | undefined> {
  const digits = text.startsWith(`${kind}_`) ? text.slice(kind.length + 1) : text
  if (!/^[0-9a-f]{1,32}$/.test(digits)) return undefined
  if (digits.length < fewest)
    throw usageError(`Give at least ${fewest} digits of the id "${text}".`)
  const start = `${kind}_${digits}`
  const fitting: T[] = []
  let cursor: string | undefined
  do {
    const page = await list({ limit: 200, cursor })
    fitting.push(...page.items.filter(({ id }) => id.startsWith(start)))
    cursor = page.nextCursor
  } while (cursor !== undefined && fitting.length < 2)
  if (fitting.length > 1) {
    const some = fitting.slice(0, 5).map(({ id }) => `  ${id}`)
    throw usageError(`"${text}" fits several; give more of the id:\n${some.join('\n')}`)
  }
  return fitting[0]
}
