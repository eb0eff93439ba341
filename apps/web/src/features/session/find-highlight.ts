const ALL = 'session-find'
const CURRENT = 'session-find-current'

/** Marks a text wherever it stands in what is rendered, with the browser's own highlights: no element changes. */
export function paintFound(
  root: HTMLElement | null,
  wanted: string,
  currentItem: string | undefined,
): () => void {
  // Old browsers go without the marks; the search still brings its items into view.
  if (root === null || wanted === '' || !('highlights' in CSS)) return () => {}
  const all: Range[] = []
  const current: Range[] = []
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = node.nodeValue?.toLowerCase() ?? ''
    for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) {
      const end = at + wanted.length
      if (end > (node.nodeValue?.length ?? 0)) break
      const range = new Range()
      range.setStart(node, at)
      range.setEnd(node, end)
      const item = node.parentElement?.closest<HTMLElement>('[data-item]')?.dataset['item']
      if (currentItem !== undefined && item === currentItem) current.push(range)
      else all.push(range)
    }
  }
  CSS.highlights.set(ALL, new Highlight(...all))
  CSS.highlights.set(CURRENT, new Highlight(...current))
  return () => {
    CSS.highlights.delete(ALL)
    CSS.highlights.delete(CURRENT)
  }
}
