import type { Hono } from 'hono'

export interface AppBindings {
  /** The client's address, as the socket says it. */
  address: string
}

export type App = Hono<{ Bindings: AppBindings }>
