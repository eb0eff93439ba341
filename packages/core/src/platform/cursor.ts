import { SluiceError } from '@sluice/contract/errors'
import type { Page } from '@sluice/contract/paging'
import { z } from 'zod'

const Cursor = z.tuple([z.string(), z.string()])

/** An opaque cursor over a list that is ordered by a time and then by id. */
export function encodeCursor(at: Date, id: string): string {
  return Buffer.from(JSON.stringify([at.toISOString(), id])).toString('base64url')
}

/** @throws SluiceError invalid_input for a text that is no cursor of ours */
export function decodeCursor(cursor: string): { at: Date; id: string } {
  try {
    const [at, id] = Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
    const time = new Date(at)
    if (Number.isNaN(time.getTime())) throw new Error('no time')
    return { at: time, id }
  } catch (cause) {
    throw new SluiceError(
      'invalid_input',
      'The cursor is not one that a list gave out. Start without it.',
      { cause },
    )
  }
}

/**
 * Makes a page of rows of which one more than the limit was read.
 * @param keyOf the time and id that the rows are ordered by
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => { at: Date; id: string },
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  if (rows.length <= limit || last === undefined) return { items: shown.map(toItem) }
  const { at, id } = keyOf(last)
  return { items: shown.map(toItem), nextCursor: encodeCursor(at, id) }
}
