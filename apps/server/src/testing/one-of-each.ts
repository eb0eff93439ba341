import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createId } from '@sluice/contract/ids'
import type { Caller } from './people.ts'
import type { TestServer } from './test-server.ts'

/** The id of one thing of every kind in a workspace, by the name that the API's parameters use. */
export type OneOfEach = Record<string, string>

/** Waits for a task to reach a state, on the event log's own polling. */
export async function waitForTask(
  caller: Caller,
  { id, sessionId }: { id: string; sessionId: string },
  wanted: readonly string[],
): Promise<{ status: string; [field: string]: unknown }> {
  const ends = new Set([...wanted, 'failed', 'interrupted', 'cancelled', 'rejected', 'completed'])
  let after = 0
  for (;;) {
    const task = await caller.call<{ status: string; failure: unknown }>('GET', `/api/tasks/${id}`)
    if (wanted.includes(task.status)) return task
    if (ends.has(task.status))
      throw new Error(`The task ended as ${task.status}: ${JSON.stringify(task.failure)}`)
    const { cursor } = await caller.call<{ cursor: number }>(
      'GET',
      `/api/events?stream=session:${sessionId}&after=${after}&waitSeconds=30`,
    )
    after = cursor
  }
}

/** Carries the sample to its review and makes what else a workspace can hold. */
export async function makeOneOfEach(testServer: TestServer, owner: Caller): Promise<OneOfEach> {
  const { call } = owner
  const me = await call<{ current: { workspace: { id: string } } }>('GET', '/api/me')
  const workspaceId = me.current.workspace.id
  const repository = await call<{ id: string; samplePrompt: string }>(
    'POST',
    '/api/repositories/sample',
  )
  const { session, task } = await call<{
    session: { id: string }
    task: { id: string; sessionId: string }
  }>('POST', '/api/sessions', { repositoryId: repository.id, prompt: repository.samplePrompt })
  await waitForTask(owner, task, ['waiting_approval'])
  const first = async (path: string): Promise<{ id: string; [field: string]: unknown }> => {
    const { items } = await call<{ items: { id: string }[] }>('GET', path)
    if (items[0] === undefined) throw new Error(`${path} is empty`)
    return items[0]
  }
  const gate = await first(`/api/repositories/${repository.id}/gates`)
  const change = await call<{ files: { path: string }[] }>('GET', `/api/tasks/${task.id}/changes`)
  const path = change.files[0]!.path
  const comment = await call<{ id: string }>('POST', `/api/tasks/${task.id}/comments`, {
    path,
    startLine: 1,
    endLine: 1,
    body: 'Why?',
  })
  const provider = await call<{ id: string }>('POST', '/api/providers', {
    name: 'Ours',
    kind: 'openai_compatible',
    baseUrl: 'http://127.0.0.1:9/v1',
    apiKey: 'sk-not-for-others',
  })
  const invitation = await call<{ id: string }>('POST', '/api/invitations', {
    email: 'guest@example.test',
    role: 'viewer',
  })
  const key = await call<{ id: string }>('POST', '/api/api-keys', {
    name: 'ci',
    role: 'viewer',
    scopes: ['read'],
  })
  return {
    workspaceId,
    repositoryId: repository.id,
    sessionId: session.id,
    taskId: task.id,
    itemId: (await first('/api/inbox')).id,
    gateId: gate.id,
    gateResultId: (await first(`/api/tasks/${task.id}/gate-results`)).id,
    runId: (await first('/api/runs')).id,
    checkpointId: (await first(`/api/sessions/${session.id}/checkpoints`)).id,
    commentId: comment.id,
    providerId: provider.id,
    invitationId: invitation.id,
    apiKeyId: key.id,
    memberId: (await first('/api/members')).id,
    attachmentId: (
      await call<{ id: string }>('POST', '/api/attachments', {
        name: 'note.txt',
        contentBase64: Buffer.from('a note').toString('base64'),
      })
    ).id,
    artifactId: await makeArtifact(testServer, workspaceId, task.id),
    path,
    stream: `session:${session.id}`,
  }
}

/** A task leaves one only where output was too long to show; made here without such a task. */
async function makeArtifact(
  { server }: TestServer,
  workspaceId: string,
  taskId: string,
): Promise<string> {
  const id = createId('art')
  const file = server.core.folders.artifact(id)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, 'whole output')
  await server.core.db.querySystem(
    `insert into artifacts (id, workspace_id, task_id, name, content_type, size_bytes, created_at)
     values ($1, $2, $3, 'output.txt', 'text/plain', 12, now())`,
    [id, workspaceId, taskId],
  )
  return id
}
