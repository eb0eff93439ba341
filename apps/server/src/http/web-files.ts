import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import type { App } from './app-type.ts'

/** Serves the built page: hashed files for ever, and the one document for every address of the page. */
export function serveWeb(app: App, folder: string | undefined): void {
  if (folder === undefined) {
    app.get('*', (context) =>
      context.text(
        'The page is not served here: it was left out by --no-page, or could not be built; the log says which.\n',
        503,
      ),
    )
    return
  }
  app.use(
    '/assets/*',
    serveStatic({
      root: folder,
      precompressed: true,
      onFound: (_path, context) =>
        context.header('cache-control', 'public, max-age=31536000, immutable'),
    }),
  )
  app.get('/assets/*', (context) =>
    context.text('There is no such file; the page was rebuilt. Reload it.\n', 404),
  )
  app.use(
    '*',
    serveStatic({
      root: folder,
      rewriteRequestPath: (path) => (path === '/' ? '/index.html' : path),
      onFound: (_path, context) => context.header('cache-control', 'no-cache'),
    }),
  )
  app.get('*', async (context) =>
    context.html(await readFile(join(folder, 'index.html'), 'utf8'), 200, {
      'cache-control': 'no-cache',
    }),
  )
}
