import { z } from 'zod'

/** Query of every list: an opaque cursor from the page before, and how many rows. */
export const PageQuery = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type PageQuery = z.infer<typeof PageQuery>

/** A page of a list with a stable order; `nextCursor` is absent on the last one. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().optional() })

export interface Page<T> {
  items: T[]
  nextCursor?: string | undefined
}

export const Timestamp = z.iso.datetime({ offset: true })
/** Integer micro-dollars; null where the price of a model is not known. */
export const CostMicros = z.number().int().min(0).nullable()
