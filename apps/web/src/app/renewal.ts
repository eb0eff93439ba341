const KEY = 'sluice.renewed'
const AGAIN_AFTER_MS = 20_000

/**
 * A page left open while the server was brought up to date asks for parts that are gone. It loads itself anew,
 * at the same address; but not again and again when that does not help.
 */
export function renewWhenOutdated(): void {
  window.addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0)
    if (Date.now() - last < AGAIN_AFTER_MS) return
    event.preventDefault()
    sessionStorage.setItem(KEY, String(Date.now()))
    window.location.reload()
  })
}
