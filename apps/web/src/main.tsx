import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { boot } from './app/boot.ts'
import { onSignedOut, queryClient } from './app/query-client.ts'
import { renewWhenOutdated } from './app/renewal.ts'
import { createAppRouter } from './app/router.ts'
import { signInAddress } from './app/workspace-address.ts'
import './ui/styles.css'
import { listenForShortcuts } from './ui/shortcuts.ts'
import { followTheme } from './ui/theme.ts'

renewWhenOutdated()
followTheme()
listenForShortcuts()

onSignedOut(() => window.location.assign(signInAddress()))

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no element with the id "root"')

const basepath = await boot()
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={createAppRouter(basepath)} />
    </QueryClientProvider>
  </StrictMode>,
)
