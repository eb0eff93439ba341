import type { Page, PageQuery } from '@sluice/contract/paging'

const largestPage = 200

/** The first `limit` things of a list, over as many pages as that takes. */
export async function readPages<T>(
  limit: number,
  list: (query: Pick<PageQuery, 'limit'> & { cursor?: string | undefined }) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page = await list({ limit: Math.min(largestPage, limit - items.length), cursor })
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined && items.length < limit)
  return items.slice(0, limit)
}
