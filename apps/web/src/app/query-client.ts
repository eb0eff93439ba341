import { QueryCache, QueryClient } from '@tanstack/react-query'
import { isCode } from '../ui/problem.ts'

const STALE_MS = 30_000

let whenSignedOut: () => void = () => {}

/** Called once, when the server says for the first time that nobody is signed in. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (isCode(error, 'unauthenticated') && query.meta?.isSignInCheck !== true) whenSignedOut()
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: STALE_MS,
      // The client itself tries reads again while the server cannot be reached.
      retry: false,
      throwOnError: false,
    },
    mutations: { retry: false },
  },
})
