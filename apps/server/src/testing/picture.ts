import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Names, kinds, modes, bytes and targets of everything below a folder, the git folder whole. */
export function picture(root: string): Record<string, string> {
  const seen: Record<string, string> = {}
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = join(folder, name)
      const stat = lstatSync(join(root, path))
      const mode = (stat.mode & 0o7777).toString(8)
      if (stat.isSymbolicLink()) seen[path] = `link ${readlinkSync(join(root, path))}`
      else if (stat.isFile())
        seen[path] = `file ${mode} ${readFileSync(join(root, path)).toString('latin1')}`
      else {
        seen[path] = `folder ${mode}`
        walk(path)
      }
    }
  }
  walk('')
  return seen
}
