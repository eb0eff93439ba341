import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { absolutePath } from 'swagger-ui-dist'
import type { App } from './app-type.ts'

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head>
<body>
<main id="operations"></main>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
`

const start = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#operations', deepLinking: true, docExpansion: 'none', filter: true })\n`

const files: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
}

/** A page to read and try every operation, from our own files alone. */
export function serveDocs(app: App): void {
  app.get('/api/docs', (context) => context.html(page))
  app.get('/api/docs/start.js', (context) =>
    context.body(start, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  )
  app.get('/api/docs/:file', async (context, next) => {
    const type = files[context.req.param('file')]
    if (type === undefined) return next()
    const bytes = await readFile(join(absolutePath(), context.req.param('file')))
    return context.body(bytes, 200, {
      'content-type': type,
      'cache-control': 'public, max-age=3600',
    })
  })
}
