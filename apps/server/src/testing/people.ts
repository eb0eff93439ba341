import type { KeyScope, Role } from '@sluice/contract/roles'
import { keyScopes } from '@sluice/contract/roles'
import type { TestFetch } from './test-server.ts'

/** A caller: their credentials as headers, and calls that must succeed. */
export interface Caller {
  headers: Record<string, string>
  /** Sends JSON and gives the answer's body. @throws with the answer where it is no success */
  call<T = unknown>(this: void, method: string, path: string, body?: unknown): Promise<T>
}

export function createCaller(fetch: TestFetch, headers: Record<string, string> = {}): Caller {
  return {
    headers,
    async call<T>(method: string, path: string, body?: unknown) {
      const response = await fetch(path, {
        method,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path} gave ${response.status}: ${text}`)
      return JSON.parse(text) as T
    },
  }
}

const password = 'correct horse battery'

async function signIn(fetch: TestFetch, email: string): Promise<Caller> {
  const response = await fetch('/api/auth/sign-in/email', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  if (!response.ok) throw new Error(`${email} could not sign in: ${await response.text()}`)
  const cookie = response.headers.getSetCookie().map((line) => line.split(';', 1)[0]!)
  return createCaller(fetch, { cookie: cookie.join('; ') })
}

/** Does the first start. @returns the owner, signed in by cookie */
export async function setUpOwner(fetch: TestFetch, email = 'owner@example.test'): Promise<Caller> {
  await createCaller(fetch).call('POST', '/api/setup', {
    name: 'The owner',
    email,
    password,
    workspace: 'First',
  })
  return signIn(fetch, email)
}

export interface MadeKey extends Caller {
  id: string
}

/** A key of the caller's workspace. */
export async function createKey(
  fetch: TestFetch,
  maker: Caller,
  options: { role?: Role; scopes?: readonly KeyScope[]; name?: string } = {},
): Promise<MadeKey> {
  const { role = 'owner', scopes = keyScopes, name = `${role} key` } = options
  const made = await maker.call<{ id: string; key: string }>('POST', '/api/api-keys', {
    name,
    role,
    scopes,
  })
  return { id: made.id, ...createCaller(fetch, { authorization: `Bearer ${made.key}` }) }
}

/** Someone who was invited and joined, signed in by cookie. */
export async function inviteMember(
  fetch: TestFetch,
  owner: Caller,
  email: string,
  role: Role = 'editor',
): Promise<Caller & { memberId: string }> {
  const { link } = await owner.call<{ link: string }>('POST', '/api/invitations', { email, role })
  const token = new URL(link).pathname.replace('/invite/', '')
  await createCaller(fetch).call('POST', '/api/invitations/accept', {
    token,
    account: { name: email.split('@')[0], password },
  })
  const { items } = await owner.call<{ items: { id: string; user: { email: string } }[] }>(
    'GET',
    '/api/members',
  )
  const member = items.find(({ user }) => user.email === email)
  if (member === undefined) throw new Error(`${email} did not join`)
  return { ...(await signIn(fetch, email)), memberId: member.id }
}

/** The owner of a second workspace, who has nothing to do with the first any more. */
export async function createStranger(fetch: TestFetch, owner: Caller): Promise<Caller> {
  const stranger = await inviteMember(fetch, owner, 'stranger@example.test')
  await stranger.call('POST', '/api/workspaces', { name: 'Second' })
  await owner.call('DELETE', `/api/members/${stranger.memberId}`)
  return stranger
}
