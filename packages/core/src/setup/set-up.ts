import { SluiceError } from '@sluice/contract/errors'
import type { Setup, User, Workspace } from '@sluice/contract/people'
import type { Database } from '@sluice/db/database'
import { sql } from 'drizzle-orm'
import { createUser, hashPassword } from '../users/index.ts'
import { insertWorkspace } from '../workspaces/index.ts'

interface SetupDeps {
  db: Database
  clock: { now(): Date }
}

/** Whether the first owner and workspace are still to be made. */
export async function isSetupNeeded(deps: Pick<SetupDeps, 'db'>): Promise<boolean> {
  const rows = await deps.db.querySystem('select 1 from first_setup')
  return rows.length === 0
}

/**
 * Makes the owner and the first workspace, exactly once however many try at the same moment.
 * @throws SluiceError `already_set_up`
 */
export async function setUp(
  deps: SetupDeps,
  input: Setup & { address?: string | null | undefined },
): Promise<{ user: User; workspace: Workspace }> {
  if (!(await isSetupNeeded(deps))) throw alreadySetUp()
  const passwordHash = await hashPassword(input.password)
  const now = deps.clock.now()
  return deps.db.system(async (tx) => {
    // Holds a second attempt back before it makes anything; its insert then meets the row.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('first_setup'))`)
    const { rows } = await tx.execute(sql`select 1 from first_setup`)
    if (rows.length > 0) throw alreadySetUp()
    const user = await createUser(tx, { name: input.name, email: input.email, passwordHash, now })
    const workspace = await insertWorkspace(tx, {
      name: input.workspace,
      owner: user,
      now,
      address: input.address,
    })
    await tx.execute(sql`insert into first_setup (workspace_id) values (${workspace.id})`)
    return { user, workspace }
  })
}

const alreadySetUp = (): SluiceError =>
  new SluiceError('already_set_up', 'This Sluice has its owner already. Sign in.')
