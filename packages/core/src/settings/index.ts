export { getSettings, readSettings, updateSettings } from './settings.ts'
export { listSandboxes } from './sandboxes.ts'
