export { abilitiesOf } from './abilities.ts'
export { createWorkspace, insertWorkspace } from './create.ts'
export { renameWorkspace } from './rename.ts'
export { members, workspaces } from './tables.ts'
