import type { EventPayload, EventType, StreamEvent } from '@sluice/contract/events'
import { expect, test } from 'vitest'
import { createTerminal } from '../testing/terminal.ts'
import { EventRenderer } from './events.ts'
import { createPaint } from './paint.ts'
import { Screen } from './screen.ts'

let seq = 0
const event = <T extends EventType>(type: T, payload: Partial<EventPayload<T>>): StreamEvent =>
  ({
    workspaceId: 'wks_0',
    stream: 'session:ses_0',
    seq: ++seq,
    type,
    payload,
    actor: { type: 'user', id: 'usr_0', name: 'Ada' },
    at: '2026-01-01T00:00:00.000Z',
  }) as unknown as StreamEvent

/** What a pipe shows of some events. */
function shown(...events: StreamEvent[]): string {
  const terminal = createTerminal()
  const screen = new Screen(terminal.io.out)
  const renderer = new EventRenderer(createPaint(false))
  for (const one of events) screen.put(renderer.marksOf(one))
  screen.end()
  return terminal.out()
}

const gate = { gateResultId: 'grs_1' as EventPayload<'gate.ended'>['gateResultId'] }
const gateStarted = event('gate.started', { ...gate, name: 'tests', position: 1, total: 2 })

test('a turn reads as text, then tools with their outcome', () => {
  expect(
    shown(
      event('message.started', { attempt: 1 }),
      event('message.text', { kind: 'reasoning', text: 'hidden' }),
      event('message.text', { kind: 'text', text: 'I look ' }),
      event('message.text', { kind: 'text', text: 'at it.' }),
      event('message.ended', {}),
      event('tool.started', { title: 'Run tests' }),
      event('tool.output', { text: 'noise' }),
      event('tool.ended', { status: 'ok', summary: 'Ran tests · exit 0' }),
      event('tool.ended', { status: 'error', summary: 'Edited nothing' }),
    ),
  ).toBe('I look at it.\n✓ Ran tests · exit 0\n✗ Edited nothing\n')
})

test('a failed gate shows the end of its output, a passed one its name', () => {
  expect(
    shown(
      gateStarted,
      event('gate.output', { ...gate, text: 'first\n'.repeat(30) }),
      event('gate.output', { ...gate, text: '\u001b[31mlast\u001b[0m\n' }),
      event('gate.ended', { ...gate, status: 'failed', exitCode: 1, durationMs: 1500 }),
      gateStarted,
      event('gate.ended', { ...gate, status: 'passed', exitCode: 0, durationMs: 20 }),
    ),
  ).toBe(
    `✗ Gate tests failed · exit 1 · 1.5 s\n${'  │ first\n'.repeat(14)}  │ last\n✓ Gate tests passed · 20 ms\n`,
  )
})

test('a state is said once, its details only as a passing status', () => {
  const running = { status: 'running', failure: null } as const
  expect(
    shown(
      event('task.changed', { ...running, detail: 'one' }),
      event('task.changed', { ...running, detail: 'two' }),
      event('task.changed', {
        status: 'failed',
        detail: '',
        failure: { code: 'internal', message: 'broke' },
      }),
    ),
  ).toBe('· the agent works\n· failed\n✗ broke\n')
})

test('an answer that begins anew after a crash says so', () => {
  expect(shown(event('message.started', { attempt: 2 }))).toContain('anew after an interruption')
})

test('decisions, commits and landings name who and what', () => {
  expect(
    shown(
      event('decision.made', { decision: 'rejected', reason: 'too\nbroad' }),
      event('commit.made', { commit: '0123456789abcdef', branch: 'sluice/x' }),
      event('landing.changed', { landing: { merge: 'none', push: 'pushing', problem: null } }),
      event('landing.changed', { landing: { merge: 'merged', push: 'pushed', problem: null } }),
      event('landing.changed', {
        landing: { merge: 'failed', push: 'none', problem: 'in the way' },
      }),
    ),
  ).toBe(
    'Ada rejected: too broad\n✓ Commit 0123456789 on sluice/x\n✓ merged into the base branch, pushed\n✗ in the way\n',
  )
})

test('an event of a newer server shows nothing and breaks nothing', () => {
  expect(shown(event('something.new' as EventType, {}))).toBe('')
})

test('what an agent says cannot act on the terminal', () => {
  expect(
    shown(event('message.text', { kind: 'text', text: '\u001b[2J\u001b]0;x\u0007safe\n' })),
  ).toBe('safe\n')
})
