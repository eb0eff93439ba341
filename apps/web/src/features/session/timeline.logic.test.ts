import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyTimeline, foldTimeline } from './timeline.logic.ts'
import {
  changed,
  checkpointIdOf,
  created,
  eventsOf,
  gateIdOf,
  messageIdOf,
  sessionId,
  started,
  taskIdOf,
  text,
  type Said,
} from './timeline.fixture.ts'

const timelineOf = (...said: Said[]) => foldTimeline(emptyTimeline, eventsOf(said))
const kindsOf = (...said: Said[]) => timelineOf(...said).items.map((item) => item.kind)

test('a prompt stands where its task begins, not where it was queued', () => {
  const { items } = timelineOf(
    created(1),
    changed(1, 'pre_flight'),
    created(2),
    started(1),
    changed(2, 'pre_flight'),
  )
  expect(items.map((item) => item.id)).toEqual([
    `prompt:${taskIdOf(1)}`,
    `message:${messageIdOf(1)}`,
    `prompt:${taskIdOf(2)}`,
  ])
})

test('a queued prompt is not in the timeline yet', () => {
  expect(kindsOf(created(1), changed(1, 'pending'))).toEqual([])
})

test('streamed text grows, and reasoning stands apart from it', () => {
  const { items } = timelineOf(
    started(1),
    text(1, 'hm', 'reasoning'),
    text(1, 'Hel'),
    text(1, 'lo'),
  )
  expect(items[0]).toMatchObject({
    parts: [
      { kind: 'reasoning', text: 'hm' },
      { kind: 'text', text: 'Hello' },
    ],
  })
})

test('a higher attempt replaces the text where it stood, a lower one changes nothing', () => {
  const { items } = timelineOf(
    started(1),
    text(1, 'old'),
    started(2),
    started(1, 2),
    text(1, 'new'),
    started(1, 1),
  )
  expect(items.map((item) => item.kind)).toEqual(['message', 'message'])
  expect(items[0]).toMatchObject({ attempt: 2, parts: [{ text: 'new' }] })
})

test('a tool call is one item from its start to its end', () => {
  const { items } = timelineOf(
    [
      'tool.started',
      {
        taskId: taskIdOf(1),
        toolCallId: 'a',
        attempt: 1,
        name: 'bash',
        title: 'Run ls',
        input: {},
      },
    ],
    ['tool.output', { toolCallId: 'a', text: 'x' }],
    [
      'tool.ended',
      {
        toolCallId: 'a',
        status: 'error',
        summary: 'Ran ls · exit 1',
        output: 'xy',
        artifactId: null,
        exitCode: 1,
        durationMs: 5,
      },
    ],
  )
  expect(items).toMatchObject([
    { kind: 'tool', status: 'error', summary: 'Ran ls · exit 1', output: 'xy', exitCode: 1 },
  ])
})

test('gates of one round are one item, those of the next another', () => {
  const gate = (n: number, round: number): Said => [
    'gate.started',
    {
      taskId: taskIdOf(1),
      gateResultId: gateIdOf(n),
      name: `g${n}`,
      command: 'c',
      round,
      position: n,
      total: 2,
    },
  ]
  const end = (n: number, status: 'passed' | 'failed'): Said => [
    'gate.ended',
    { gateResultId: gateIdOf(n), status, exitCode: 0, durationMs: 3, treeId: 't' },
  ]
  const { items } = timelineOf(
    gate(1, 0),
    end(1, 'passed'),
    gate(2, 0),
    end(2, 'failed'),
    gate(3, 1),
    ['gate.output', { gateResultId: gateIdOf(3), text: 'out' }],
  )
  expect(items).toMatchObject([
    { kind: 'gates', round: 0, gates: [{ status: 'passed' }, { status: 'failed' }] },
    { kind: 'gates', round: 1, gates: [{ status: 'running', output: 'out' }] },
  ])
})

test('a plan stays where it first stood and shows its newest state', () => {
  const plan = (status: 'pending' | 'completed'): Said => [
    'plan.changed',
    { taskId: taskIdOf(1), items: [{ text: 'a', status }] },
  ]
  const { items } = timelineOf(plan('pending'), started(1), plan('completed'))
  expect(items).toMatchObject([
    { kind: 'plan', items: [{ status: 'completed' }] },
    { kind: 'message' },
  ])
})

test('an outcome is said once, however often the task repeats it', () => {
  expect(
    kindsOf(created(1), changed(1, 'waiting_approval'), changed(1, 'waiting_approval', 'again')),
  ).toEqual(['prompt', 'outcome'])
})

test('an event that nobody knows moves the cursor and nothing else', () => {
  const timeline = timelineOf(['comments.changed', { taskId: taskIdOf(1) }])
  expect(timeline.items).toEqual([])
  expect(timeline.cursor).toBe(1)
})

test('without news the timeline is the very same value', () => {
  const events = eventsOf([started(1)])
  const timeline = foldTimeline(emptyTimeline, events)
  expect(foldTimeline(timeline, events)).toBe(timeline)
})

const anySaid: fc.Arbitrary<Said> = fc.integer({ min: 1, max: 3 }).chain((n) =>
  fc.oneof(
    fc.constant(created(n)),
    fc
      .constantFrom('pending', 'running', 'waiting_approval', 'qa_failed', 'completed')
      .map((status) => changed(n, status as 'running')),
    fc.integer({ min: 1, max: 3 }).map((attempt) => started(n, attempt)),
    fc
      .tuple(fc.string(), fc.constantFrom('text' as const, 'reasoning' as const))
      .map(([words, kind]) => text(n, words, kind)),
    fc.constant<Said>(['message.ended', { messageId: messageIdOf(n) }]),
    fc
      .integer({ min: 1, max: 2 })
      .map<Said>((attempt) => [
        'tool.started',
        { taskId: taskIdOf(n), toolCallId: `${n}`, attempt, name: 'bash', title: 'Run', input: {} },
      ]),
    fc.string().map<Said>((output) => ['tool.output', { toolCallId: `${n}`, text: output }]),
    fc.integer({ min: 0, max: 2 }).map<Said>((round) => [
      'gate.started',
      {
        taskId: taskIdOf(n),
        gateResultId: gateIdOf(n + round * 10),
        name: 'g',
        command: 'c',
        round,
        position: 1,
        total: 1,
      },
    ]),
    fc.string().map<Said>((output) => ['gate.output', { gateResultId: gateIdOf(n), text: output }]),
    fc.constant<Said>([
      'checkpoint.made',
      { taskId: taskIdOf(n), checkpointId: checkpointIdOf(n), treeId: 't', label: 'l' },
    ]),
    fc.constant<Said>([
      'decision.made',
      { taskId: taskIdOf(n), decision: 'approved', reason: null },
    ]),
    fc
      .constantFrom('active', 'paused')
      .map<Said>((status) => [
        'session.changed',
        { sessionId, status: status as 'active', title: 't', problem: null },
      ]),
  ),
)

test('any split into batches, with any overlap, gives the same timeline', () => {
  fc.assert(
    fc.property(
      fc.array(anySaid, { maxLength: 60 }),
      fc.array(
        fc.record({ size: fc.integer({ min: 1, max: 9 }), back: fc.integer({ min: 0, max: 9 }) }),
      ),
      (said, cuts) => {
        const events = eventsOf(said)
        const whole = foldTimeline(emptyTimeline, events)
        let split = emptyTimeline
        let at = 0
        for (const { size, back } of cuts) {
          const end = Math.min(events.length, at + size)
          split = foldTimeline(split, events.slice(Math.max(0, at - back), end))
          at = end
        }
        split = foldTimeline(split, events.slice(at))
        expect(split).toEqual(whole)
      },
    ),
  )
})

test('no item stands twice, and every place is found by its id', () => {
  fc.assert(
    fc.property(fc.array(anySaid, { maxLength: 80 }), (said) => {
      const { items, index } = timelineOf(...said)
      expect(new Set(items.map((item) => item.id)).size).toBe(items.length)
      items.forEach((item, place) => expect(index.get(item.id)).toBe(place))
    }),
  )
})

test('a batch leaves the timeline before it untouched', () => {
  const before = timelineOf(started(1), text(1, 'a'))
  const copy = structuredClone(before)
  foldTimeline(before, eventsOf([text(1, 'b'), started(2)], 3))
  expect(before).toEqual(copy)
})
