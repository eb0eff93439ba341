import { z } from 'zod'
import { EventEnvelope, StreamName } from '../events.ts'
import { ArtifactId, RunId } from '../ids.ts'
import { InboxItem } from '../inbox.ts'
import { PageQuery, pageOf, Timestamp } from '../paging.ts'
import { Run, RunStatus, RunStep } from '../run.ts'
import { Done, operation } from './operation.ts'

const read = { role: 'viewer', scope: 'read' } as const
const write = { role: 'editor', scope: 'tasks' } as const
const byId = z.object({ runId: RunId })

export const runs = {
  list: operation('GET', '/runs', { summary: 'List runs, newest first', tag: 'Runs', access: read })
    .input(PageQuery.extend({ status: RunStatus.optional(), kind: z.string().max(60).optional() }))
    .output(pageOf(Run)),
  get: operation('GET', '/runs/{runId}', { summary: 'One run', tag: 'Runs', access: read })
    .input(byId)
    .output(Run),
  steps: operation('GET', '/runs/{runId}/steps', {
    summary: 'The steps of a run',
    tag: 'Runs',
    access: read,
  })
    .input(byId)
    .output(z.object({ items: z.array(RunStep) })),
  cancel: operation('POST', '/runs/{runId}/cancel', {
    summary: 'Cancel a run',
    tag: 'Runs',
    access: write,
  })
    .input(byId)
    .output(Run),
  replay: operation('POST', '/runs/{runId}/replay', {
    summary: 'Run a dead letter again',
    tag: 'Runs',
    access: write,
  })
    .input(byId)
    .output(Run),
  fork: operation('POST', '/runs/{runId}/fork', {
    summary: 'Start again from a step',
    tag: 'Runs',
    access: write,
  })
    .input(byId.extend({ fromStep: z.number().int().min(0) }))
    .output(Run),
  artifact: operation('GET', '/artifacts/{artifactId}', {
    summary: 'Download an artifact',
    tag: 'Runs',
    access: read,
  })
    .input(z.object({ artifactId: ArtifactId }))
    .output(z.file()),
}

export const events = {
  list: operation('GET', '/events', {
    summary: 'Events of a stream after a cursor; waits up to `waitSeconds` for the first one',
    tag: 'Events',
    access: read,
  })
    .input(
      z.object({
        stream: StreamName,
        after: z.coerce.number().int().min(0).default(0),
        limit: z.coerce.number().int().min(1).max(1000).default(500),
        waitSeconds: z.coerce.number().int().min(0).max(30).default(0),
      }),
    )
    .output(z.object({ items: z.array(EventEnvelope), cursor: z.number().int() })),
}

export const inbox = {
  list: operation('GET', '/inbox', { summary: 'What waits for me', tag: 'Inbox', access: read })
    .input(PageQuery.extend({ includeSnoozed: z.stringbool().or(z.boolean()).default(false) }))
    .output(pageOf(InboxItem).extend({ count: z.number().int() })),
  snooze: operation('POST', '/inbox/{itemId}/snooze', {
    summary: 'Hide an item until a time; null brings it back',
    tag: 'Inbox',
    access: read,
  })
    .input(z.object({ itemId: z.string().max(100), until: Timestamp.nullable() }))
    .output(Done),
}
