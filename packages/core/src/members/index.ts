export { createInvitation, listInvitations, revokeInvitation } from './invite.ts'
export { acceptInvitation, answerInvitation, findInvitation, listMyInvitations } from './join.ts'
export { listMembers, removeMember, updateMember } from './members.ts'
