import { expect, test, vi } from 'vitest'
import { createId } from '@sluice/contract/ids'
import type { AgentEvent } from '../agent.ts'
import { Emitter } from './emitter.ts'

const messageId = createId('msg')
const textEvent = (text: string): AgentEvent => ({
  type: 'message.text',
  payload: { messageId, kind: 'text', text },
})

test('a piece after a silence goes at once; those that follow are joined and never overtake other events', async () => {
  vi.useFakeTimers()
  try {
    const events: AgentEvent[] = []
    const emitter = new Emitter((event) => void events.push(event))
    for (const piece of ['a', 'b', 'c']) emitter.stream('text', piece, textEvent)
    await vi.advanceTimersByTimeAsync(0)
    expect(events).toEqual([textEvent('a')])
    await vi.advanceTimersByTimeAsync(50)
    expect(events).toEqual([textEvent('a'), textEvent('bc')])
    emitter.stream('text', 'd', textEvent)
    emitter.send({ type: 'message.ended', payload: { messageId } })
    await emitter.drain()
    expect(events).toEqual([
      textEvent('a'),
      textEvent('bc'),
      textEvent('d'),
      { type: 'message.ended', payload: { messageId } },
    ])
  } finally {
    vi.useRealTimers()
  }
})

test('a slow log gets events one at a time and in order', async () => {
  const seen: string[] = []
  let open = 0
  const emitter = new Emitter(async (event) => {
    expect(++open).toBe(1)
    await Promise.resolve()
    if (event.type === 'message.text') seen.push(event.payload.text)
    open--
  })
  for (let index = 0; index < 20; index++) emitter.send(textEvent(String(index)))
  await emitter.drain()
  expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => String(index)))
})

test('a log that fails fails the drain, and nothing later is written', async () => {
  const seen: AgentEvent[] = []
  const emitter = new Emitter((event) => {
    if (event.type === 'message.ended') throw new Error('database gone')
    seen.push(event)
  })
  emitter.send({ type: 'message.ended', payload: { messageId } })
  emitter.send(textEvent('later'))
  await expect(emitter.drain()).rejects.toThrow('database gone')
  expect(seen).toEqual([])
})
