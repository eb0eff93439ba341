export { listAudit } from './list.ts'
export { recordAudit, type AuditInput } from './record.ts'
