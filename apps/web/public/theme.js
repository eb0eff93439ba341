// Sets the colour theme before the first paint, so that a dark page never flashes white.
// The key and its form are those of src/ui/ui-store.ts.
;(() => {
  let theme = 'system'
  try {
    theme = JSON.parse(localStorage.getItem('sluice.ui') ?? '{}').state?.theme ?? 'system'
  } catch {
    // Storage may be closed to us, or hold something else: the system's theme is right then.
  }
  const isDark =
    theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
  document.documentElement.classList.add(isDark ? 'dark' : 'light')
})()
