export { createUser, findUserByEmail, hashPassword } from './create-user.ts'
export { renameUser } from './rename.ts'
export { users } from './tables.ts'
