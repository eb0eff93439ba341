export { listInbox, snoozeInboxItem } from './inbox.ts'
