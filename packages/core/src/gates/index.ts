export { addFoundGates, insertGate, removeGate, reorderGates, updateGate } from './change.ts'
export { endUnrunGates } from './end-unrun.ts'
export { executeGate } from './execute.ts'
export { findGates, type FoundGate } from './find/find-gates.ts'
export { insertResults, planGateRound, type PlannedGate } from './plan.ts'
export {
  findEndedResult,
  listGateResults,
  listGateRows,
  listNewestGateResults,
  requireGateResultRow,
  requireGateRow,
  toGate,
  toGateResult,
} from './queries.ts'
export { findTouchedGates } from './touches.ts'
