import { oc } from '@orpc/contract'
import { z } from 'zod'
import { errorStatus, type ErrorCode } from '../errors.ts'
import type { Access } from '../roles.ts'

export interface OperationMeta {
  access?: Access
}

const Details = z.unknown().optional()
const declared = Object.fromEntries(
  (Object.entries(errorStatus) as [ErrorCode, number][]).map(([code, status]) => [
    code,
    { status, data: Details },
  ]),
) as Record<ErrorCode, { status: number; data: typeof Details }>

/**
 * The start of every operation: its address, what it asks of the caller, and the error codes
 * any operation may answer with.
 */
export function operation(
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: `/${string}`,
  options: { summary: string; tag: string; access: Access; successStatus?: number },
) {
  return oc
    .$meta<OperationMeta>({})
    .errors(declared)
    .route({
      method,
      path,
      summary: options.summary,
      tags: [options.tag],
      successStatus: options.successStatus ?? 200,
    })
    .meta({ access: options.access })
}

export const Done = z.object({ ok: z.literal(true) })
