import { implement, ORPCError } from '@orpc/server'
import { contract } from '@sluice/contract/api'
import type { OperationMeta } from '@sluice/contract/api/operation'
import { errorStatus, SluiceError } from '@sluice/contract/errors'
import type { RequestContext } from '../http/context.ts'
import { toSluiceError } from '../http/errors.ts'
import { idempotencyHeader, once } from '../http/idempotency.ts'
import { admit } from '../http/principal.ts'
import { requireStorable } from '../http/storable.ts'
import { workspaceHeader } from '@sluice/contract/api'

/**
 * The contract with the doors that every operation passes: rate limit, who may call, errors,
 * and creates that happen once however often they are sent. A feature's file implements its
 * operations on one of the two builders below and needs to think of none of it.
 */
const os = implement(contract).$context<RequestContext>()

const admitted = os.use(async ({ context, next, procedure, path }, input) => {
  const { server, principal, headers, address } = context
  const started = performance.now()
  const operation = path.join('.')
  let outcome = 'ok'
  try {
    const { access } = procedure['~orpc'].meta as OperationMeta
    if (access === undefined)
      throw new Error(`The operation ${operation} does not say who may call it`)
    if (access.role === 'public') await server.limits.takeSignIn(address)
    else
      await server.limits.takeRequest(
        principal === undefined ? `address:${address}` : principal.user.id,
      )
    const admission = admit(access, principal, headers.get(workspaceHeader) ?? undefined)
    const scope = admission.scope && { ...admission.scope, address }
    requireStorable(input)
    const run = () => next({ context: { scope, user: principal?.user } })
    const key = headers.get(idempotencyHeader)
    if (key === null || scope === undefined || procedure['~orpc'].route.method !== 'POST')
      return await run()
    const output = await once(
      server.core,
      scope,
      { operation, key, input },
      async () => (await run()).output as unknown,
    )
    return { output: output as never, context: { scope, user: principal?.user } }
  } catch (error) {
    const known = toSluiceError(error, server.core.log)
    outcome = known.code
    throw new ORPCError(known.code, {
      status: errorStatus[known.code],
      message: known.message,
      data: known.details,
      cause: known,
      defined: true,
    })
  } finally {
    server.metrics.observeOperation(operation, outcome, performance.now() - started)
  }
})

/** For operations that anyone signed in, or anyone at all, may call. */
export const open = admitted

/** For operations that work in a workspace: the scope is there. */
export const scoped = admitted.use(({ context, next }) => {
  const { scope, user } = context
  if (scope === undefined || user === undefined)
    throw new SluiceError('unauthenticated', 'This operation works in a workspace.')
  return next({ context: { scope, user } })
})
