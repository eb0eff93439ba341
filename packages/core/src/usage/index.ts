export { refuseByBudget } from './budget.ts'
export { recordUsage } from './record.ts'
export { summariseUsage } from './summary.ts'
