import { useUiStore, type Theme } from './ui-store.ts'

const darkScheme = window.matchMedia('(prefers-color-scheme: dark)')

/** What `system` means at this moment. */
export function resolveTheme(theme: Theme): 'light' | 'dark' {
  if (theme !== 'system') return theme
  return darkScheme.matches ? 'dark' : 'light'
}

function apply(theme: Theme): void {
  const resolved = resolveTheme(theme)
  const root = document.documentElement
  root.dataset.theme = resolved
  root.classList.toggle('dark', resolved === 'dark')
  root.classList.toggle('light', resolved === 'light')
}

/** Keeps the document's theme in step with the store and with the system's scheme, for the life of the page. */
export function followTheme(): void {
  apply(useUiStore.getState().theme)
  useUiStore.subscribe((state) => apply(state.theme))
  darkScheme.addEventListener('change', () => apply(useUiStore.getState().theme))
}
