import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const SERVER = 'http://127.0.0.1:4000'

export default defineConfig({
  plugins: [react(), tailwind()],
  server: {
    host: '127.0.0.1',
    port: 5173,
    proxy: {
      '/api/live': { target: SERVER, ws: true },
      '/api': { target: SERVER },
    },
  },
  // As one file the highlighter's worker would hold every language; as modules it loads those in view.
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsDir: 'assets',
    sourcemap: false,
  },
})
