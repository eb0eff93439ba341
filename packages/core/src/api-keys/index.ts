export { createApiKey, listApiKeys, revokeApiKey, revokeKeysOf } from './api-keys.ts'
