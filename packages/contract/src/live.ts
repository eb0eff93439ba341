import { z } from 'zod'
import { EventEnvelope, StreamName } from './events.ts'
import { ErrorBody } from './errors.ts'

/**
 * The WebSocket at `/api/live` carries one JSON message a frame. A client subscribes to any
 * number of streams, each from its own cursor; the server answers with every later event in
 * order, says `caught_up` once when it has reached the log's end, and beats at least every
 * `heartbeatMs` so that silence means a dead connection.
 *
 * SSE at `/api/events/stream?stream=…&after=…` carries the same envelopes (`id:` is the seq,
 * `Last-Event-ID` resumes); polling is the operation `events.list`.
 */
export const heartbeatMs = 5_000
export const deadAfterMs = 15_000

export const LiveRequest = z.discriminatedUnion('type', [
  z.object({ type: z.literal('subscribe'), stream: StreamName, after: z.number().int().min(0) }),
  z.object({ type: z.literal('unsubscribe'), stream: StreamName }),
])
export type LiveRequest = z.infer<typeof LiveRequest>

export const LiveMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('events'), stream: StreamName, events: z.array(EventEnvelope) }),
  z.object({ type: z.literal('caught_up'), stream: StreamName, seq: z.number().int() }),
  z.object({ type: z.literal('refused'), stream: z.string(), error: ErrorBody.shape.error }),
  z.object({ type: z.literal('heartbeat'), at: z.string() }),
])
export type LiveMessage = z.infer<typeof LiveMessage>

/** Close code when the server drains: reconnect at once, elsewhere or to the restarted one. */
export const closeGoingAway = 1001
/** Close code for a client that reads too slowly: reconnect and resume from the cursor. */
export const closeTooSlow = 4008
/** Close code when the credentials ended: sign in again before reconnecting. */
export const closeUnauthenticated = 4001
