export { isSetupNeeded, setUp } from './set-up.ts'
