import { createRoute, notFound, redirect } from '@tanstack/react-router'
import { Frame } from '../app/frame.tsx'
import { meQuery } from '../app/me.ts'
import { queryClient } from '../app/query-client.ts'
import { signInAddress } from '../app/workspace-address.ts'
import { isCode } from '../ui/problem.ts'
import { rootRoute } from './root.ts'

/** All pages for a person who is signed in. */
export const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  component: Frame,
  beforeLoad: async () => {
    try {
      await queryClient.ensureQueryData(meQuery)
    } catch (cause) {
      if (isCode(cause, 'unauthenticated')) {
        throw redirect({ href: signInAddress(), reloadDocument: true })
      }
      throw cause
    }
  },
})

/** Every address that no page has, so that it is answered inside the frame. */
export const unknownRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '$',
  loader: () => {
    throw notFound()
  },
})
