import type { FileChange } from '@sluice/contract/review'

export interface FolderNode {
  kind: 'folder'
  /** Path without a slash at its end; unique. */
  path: string
  /** What is shown: folders with one child each are one line, `src/app/api`. */
  name: string
  depth: number
}

export interface FileNode {
  kind: 'file'
  path: string
  name: string
  depth: number
  file: FileChange
}

export type TreeNode = FolderNode | FileNode

interface Folder {
  folders: Map<string, Folder>
  files: FileChange[]
}

function build(files: readonly FileChange[]): Folder {
  const root: Folder = { folders: new Map(), files: [] }
  for (const file of files) {
    let folder = root
    for (const part of file.path.split('/').slice(0, -1)) {
      let next = folder.folders.get(part)
      if (next === undefined) {
        next = { folders: new Map(), files: [] }
        folder.folders.set(part, next)
      }
      folder = next
    }
    folder.files.push(file)
  }
  return root
}

const byName = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

/**
 * The files as lines of a tree: folders before files, each by name, lonely folders joined into one line.
 * @param closed paths of folders whose content is left out
 */
export function treeOf(
  files: readonly FileChange[],
  closed: ReadonlySet<string> = new Set(),
): TreeNode[] {
  const nodes: TreeNode[] = []
  const visit = (folder: Folder, prefix: string, depth: number) => {
    for (const [first, start] of [...folder.folders].toSorted(([a], [b]) => byName(a, b))) {
      let name = first
      let inner = start
      while (inner.files.length === 0 && inner.folders.size === 1) {
        const [only] = inner.folders
        if (only === undefined) break
        name += `/${only[0]}`
        inner = only[1]
      }
      const path = prefix === '' ? name : `${prefix}/${name}`
      nodes.push({ kind: 'folder', path, name, depth })
      if (!closed.has(path)) visit(inner, path, depth + 1)
    }
    for (const file of folder.files.toSorted((a, b) => byName(a.path, b.path))) {
      nodes.push({
        kind: 'file',
        path: file.path,
        name: file.path.split('/').at(-1) ?? file.path,
        depth,
        file,
      })
    }
  }
  visit(build(files), '', 0)
  return nodes
}

/** The files in the order in which the tree shows them: the order of the one scroll, and of J and K. */
export function inTreeOrder(files: readonly FileChange[]): FileChange[] {
  return treeOf(files).flatMap((node) => (node.kind === 'file' ? [node.file] : []))
}
