export { checkSandbox } from './check.ts'
export { chooseSandbox } from './choose.ts'
export { lazySandbox } from './lazy.ts'
export { openSandbox } from './open.ts'
