import { createId } from '@sluice/contract/ids'
import type { UserId, WorkspaceId } from '@sluice/contract/ids'
import type { Role } from '@sluice/contract/roles'
import type { Database } from '@sluice/db/database'
import type { Scope } from '@sluice/db/scope'

export interface TestWorkspace {
  workspaceId: WorkspaceId
  userId: UserId
  /** In the owner's name. */
  scope: Scope
}

/** A workspace with one owner, who has no password: for tests below the sign-in. */
export async function createTestWorkspace(
  db: Database,
  name: string = 'Test workspace',
): Promise<TestWorkspace> {
  const workspaceId = createId('wks')
  await db.querySystem('insert into workspaces (id, slug, name) values ($1, $2, $3)', [
    workspaceId,
    workspaceId.replace('_', '-'),
    name,
  ])
  const { userId, scope } = await createTestMember(db, workspaceId, 'owner')
  return { workspaceId, userId, scope }
}

/** A further user who is a member of a workspace. */
export async function createTestMember(
  db: Database,
  workspaceId: string,
  role: Role,
  name: string = `The ${role}`,
): Promise<{ userId: UserId; scope: Scope }> {
  const userId = createId('usr')
  await db.querySystem('insert into users (id, name, email) values ($1, $2, $3)', [
    userId,
    name,
    `${userId}@example.test`,
  ])
  await db.querySystem(
    'insert into members (id, workspace_id, user_id, role) values ($1, $2, $3, $4)',
    [createId('mem'), workspaceId, userId, role],
  )
  return { userId, scope: { workspaceId, actor: { type: 'user', id: userId, name } } }
}
