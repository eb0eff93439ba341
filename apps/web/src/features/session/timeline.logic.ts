import type { StreamEvent } from '@sluice/contract/events'
import type { TaskStatus } from '@sluice/contract/task'
import { landingText, outcomeOf, sessionText } from './timeline-texts.logic.ts'
import { Draft, tail } from './timeline-draft.logic.ts'
import type { Timeline, TimelineGate } from './timeline-types.ts'

export const emptyTimeline: Timeline = {
  cursor: 0,
  items: [],
  index: new Map(),
  tasks: new Map(),
  sessionStatus: null,
}

function updateGate(
  draft: Draft,
  gateResultId: string,
  change: (gate: TimelineGate) => TimelineGate,
): void {
  const place = draft.index.get(`gate:${gateResultId}`)
  const item = draft.items[place ?? -1]
  if (item?.kind !== 'gates') return
  draft.put({
    ...item,
    gates: item.gates.map((gate) => (gate.id === gateResultId ? change(gate) : gate)),
  })
}

function applyTask(draft: Draft, event: StreamEvent & { type: 'task.changed' }): void {
  const { taskId, status, detail, failure, round } = event.payload
  const before = draft.tasks.get(taskId)
  if (before !== undefined) draft.tasks.set(taskId, { ...before, status })
  if (status !== 'pending') draft.place(taskId, event.at)
  const isNew = before?.status !== status
  if (isNew && outcomeOf(status, detail) !== null) {
    draft.put({
      kind: 'outcome',
      id: `outcome:${event.seq}`,
      at: event.at,
      taskId,
      status,
      detail,
      failure,
      round,
    })
  }
}

function applyText(draft: Draft, event: StreamEvent & { type: 'message.text' }): void {
  const { messageId, kind, text } = event.payload
  const message = draft.find(`message:${messageId}`, 'message')
  if (message === undefined) return
  const last = message.parts.at(-1)
  const parts =
    last?.kind === kind
      ? [...message.parts.slice(0, -1), { kind, text: last.text + text }]
      : [...message.parts, { kind, text }]
  draft.put({ ...message, parts })
}

function apply(draft: Draft, event: StreamEvent): void {
  const { at, seq } = event
  switch (event.type) {
    case 'task.created': {
      const { taskId, number, prompt } = event.payload
      draft.tasks.set(taskId, {
        number,
        prompt,
        status: 'pending' as TaskStatus,
        actor: event.actor,
        at,
        isPlaced: false,
      })
      return
    }
    case 'task.changed':
      applyTask(draft, event)
      return
    case 'session.created':
    case 'session.changed': {
      const text = sessionText(event.payload, draft.sessionStatus)
      draft.sessionStatus = event.payload.status
      const level = event.payload.status === 'failed' ? 'error' : 'info'
      if (text !== null)
        draft.put({
          kind: 'notice',
          id: `notice:${seq}`,
          at,
          taskId: null,
          level,
          text,
          actor: event.actor,
        })
      return
    }
    case 'message.started': {
      const { messageId, taskId, attempt } = event.payload
      const id = `message:${messageId}`
      draft.place(taskId, at)
      const before = draft.find(id, 'message')
      if (before !== undefined && before.attempt >= attempt) return
      draft.put({
        kind: 'message',
        id,
        at: before?.at ?? at,
        taskId,
        attempt,
        parts: [],
        isEnded: false,
      })
      return
    }
    case 'message.text':
      applyText(draft, event)
      return
    case 'message.ended': {
      const message = draft.find(`message:${event.payload.messageId}`, 'message')
      if (message !== undefined) draft.put({ ...message, isEnded: true })
      return
    }
    case 'tool.started': {
      const { toolCallId, taskId, attempt, name, title, input } = event.payload
      const id = `tool:${toolCallId}`
      draft.place(taskId, at)
      const before = draft.find(id, 'tool')
      if (before !== undefined && before.attempt >= attempt) return
      draft.put({
        kind: 'tool',
        id,
        at: before?.at ?? at,
        taskId,
        attempt,
        name,
        title,
        input,
        output: '',
        status: 'running',
        summary: null,
        artifactId: null,
        exitCode: null,
        durationMs: null,
      })
      return
    }
    case 'tool.output': {
      const tool = draft.find(`tool:${event.payload.toolCallId}`, 'tool')
      if (tool !== undefined) draft.put({ ...tool, output: tail(tool.output + event.payload.text) })
      return
    }
    case 'tool.ended': {
      const { toolCallId, ...ended } = event.payload
      const tool = draft.find(`tool:${toolCallId}`, 'tool')
      if (tool !== undefined) draft.put({ ...tool, ...ended })
      return
    }
    case 'plan.changed': {
      const { taskId, items } = event.payload
      draft.place(taskId, at)
      const id = `plan:${taskId}`
      draft.put({ kind: 'plan', id, at: draft.find(id, 'plan')?.at ?? at, taskId, items })
      return
    }
    case 'gate.started': {
      const { taskId, gateResultId, round, name, command, position, total } = event.payload
      const id = `gates:${taskId ?? gateResultId}:${round}`
      draft.place(taskId, at)
      const gate: TimelineGate = {
        id: gateResultId,
        name,
        command,
        position,
        total,
        status: 'running',
        exitCode: null,
        durationMs: null,
        output: '',
      }
      const before = draft.find(id, 'gates')
      const others = (before?.gates ?? []).filter((one) => one.id !== gateResultId)
      draft.put({
        kind: 'gates',
        id,
        at: before?.at ?? at,
        taskId,
        round,
        gates: [...others, gate],
      })
      draft.index.set(`gate:${gateResultId}`, draft.index.get(id) ?? -1)
      return
    }
    case 'gate.output':
      updateGate(draft, event.payload.gateResultId, (gate) => ({
        ...gate,
        output: tail(gate.output + event.payload.text),
      }))
      return
    case 'gate.ended': {
      const { gateResultId, status, exitCode, durationMs } = event.payload
      updateGate(draft, gateResultId, (gate) => ({ ...gate, status, exitCode, durationMs }))
      return
    }
    case 'checkpoint.made': {
      const { taskId, checkpointId, treeId, label } = event.payload
      draft.put({
        kind: 'checkpoint',
        id: `checkpoint:${checkpointId}`,
        at,
        taskId,
        checkpointId,
        treeId,
        label,
      })
      return
    }
    case 'decision.made': {
      const { taskId, decision, reason } = event.payload
      draft.put({
        kind: 'decision',
        id: `decision:${seq}`,
        at,
        taskId,
        decision,
        reason,
        actor: event.actor,
      })
      return
    }
    case 'commit.made': {
      const { taskId, commit, branch, treeId } = event.payload
      draft.put({ kind: 'commit', id: `commit:${seq}`, at, taskId, commit, branch, treeId })
      return
    }
    case 'landing.changed': {
      const said = landingText(event.payload.landing)
      if (said !== null) {
        draft.put({
          kind: 'notice',
          id: `notice:${seq}`,
          at,
          taskId: event.payload.taskId,
          actor: event.actor,
          ...said,
        })
      }
      return
    }
    case 'context.compacted': {
      const { taskId, messagesBefore, messagesAfter } = event.payload
      const text = `Earlier turns were summed up for the agent: ${messagesBefore} messages became ${messagesAfter}.`
      draft.put({
        kind: 'notice',
        id: `notice:${seq}`,
        at,
        taskId,
        level: 'info',
        text,
        actor: null,
      })
      return
    }
    case 'notice':
      draft.put({
        kind: 'notice',
        id: `notice:${seq}`,
        at,
        taskId: null,
        ...event.payload,
        actor: null,
      })
      return
    default:
      // Costs, comments and the workspace's own events change what is read from the API, not the timeline.
      return
  }
}

/**
 * The timeline after further events of a session's stream. Events up to the cursor are passed over, so that
 * any split into batches, with any overlap, gives the same timeline.
 */
export function foldTimeline(timeline: Timeline, events: readonly StreamEvent[]): Timeline {
  const draft = new Draft(timeline)
  for (const event of events) {
    if (event.seq <= draft.cursor) continue
    apply(draft, event)
    draft.cursor = event.seq
  }
  if (draft.cursor === timeline.cursor) return timeline
  const { cursor, items, index, tasks, sessionStatus } = draft
  return { cursor, items, index, tasks, sessionStatus }
}
