import { expect, test } from 'vitest'
import type { Role } from '@sluice/contract/roles'
import { requireMayChange } from './policy.ts'

const attempt = (caller: Role, from: Role, to: Role | undefined, owners = 2): string => {
  try {
    requireMayChange({ caller, from, to, owners })
    return 'done'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test.each<[Role, Role, Role | undefined, number, string]>([
  ['admin', 'viewer', 'editor', 1, 'done'],
  ['admin', 'admin', undefined, 1, 'done'],
  ['admin', 'editor', 'owner', 1, 'forbidden'],
  ['admin', 'owner', 'viewer', 2, 'forbidden'],
  ['admin', 'owner', undefined, 2, 'forbidden'],
  ['owner', 'editor', 'owner', 1, 'done'],
  ['owner', 'owner', 'admin', 2, 'done'],
  ['owner', 'owner', undefined, 2, 'done'],
  ['owner', 'owner', 'admin', 1, 'conflict'],
  ['owner', 'owner', undefined, 1, 'conflict'],
  ['owner', 'owner', 'owner', 1, 'done'],
])(
  'a caller who is %s changes one who is %s to %s where %i own it: %s',
  (caller, from, to, owners, outcome) => {
    expect(attempt(caller, from, to, owners)).toBe(outcome)
  },
)
