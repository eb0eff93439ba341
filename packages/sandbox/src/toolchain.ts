/**
 * Decides which folders of the user's PATH commands in a sandbox may see, so that `node`, `python` or `cargo` are found
 * though they live in the home folder, and nothing else of that folder is shown.
 */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, normalize, relative, sep } from 'node:path'

export interface Toolchain {
  /** Host folders to be shown read-only at their own path; none lies in another. */
  folders: string[]
  /** PATH entries in order, without those of the system. */
  path: string[]
  /** Variables by which version managers find their folder when HOME is another. */
  env: Record<string, string>
  /** The Node that Sluice runs on; commands find it last, when there is no other. */
  nodePath: string
}

export interface ToolchainSource {
  /** The user's PATH. */
  path: string
  /** The user's home folder. */
  home: string
  /** `process.execPath` of the server. */
  nodeExecPath: string
}

/** What the decision needs to know of the disk. */
export interface ToolchainDisk {
  /** A folder after all links, or undefined where there is none. */
  realFolder(path: string): string | undefined
  exists(path: string): boolean
}

/** Always on PATH and always shown. */
export const systemPath = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
]

const systemRoots = ['/usr', '/bin', '/sbin', '/lib', '/lib64']

interface Rule {
  /** Of the PATH entry, relative to home. */
  entry: RegExp
  /** Relative to home; `$1` from the entry. */
  folders: string[]
  env?: Record<string, string>
}

/** Installations in a home folder that hold programs and no credentials. */
const homeRules: Rule[] = [
  { entry: /^(\.nvm\/versions\/node\/[^/]+)\/bin$/, folders: ['$1'] },
  { entry: /^(\.local\/share\/fnm\/node-versions\/[^/]+\/installation)\/bin$/, folders: ['$1'] },
  { entry: /^\.volta\/bin$/, folders: ['.volta'], env: { VOLTA_HOME: '.volta' } },
  { entry: /^\.asdf\/(?:shims|bin)$/, folders: ['.asdf'], env: { ASDF_DATA_DIR: '.asdf' } },
  {
    entry: /^\.local\/share\/mise\/(?:shims|installs\/.+)$/,
    folders: ['.local/share/mise'],
    env: { MISE_DATA_DIR: '.local/share/mise' },
  },
  { entry: /^\.pyenv\/.+$/, folders: ['.pyenv'], env: { PYENV_ROOT: '.pyenv' } },
  { entry: /^\.rbenv\/.+$/, folders: ['.rbenv'], env: { RBENV_ROOT: '.rbenv' } },
  { entry: /^\.sdkman\/candidates\/.+$/, folders: ['.sdkman/candidates'] },
  // Only the programs: `.cargo` itself holds credentials.toml.
  { entry: /^\.cargo\/bin$/, folders: ['.cargo/bin', '.rustup'], env: { RUSTUP_HOME: '.rustup' } },
  { entry: /^\.local\/share\/pnpm(?:\/bin)?$/, folders: ['.local/share/pnpm'] },
  {
    entry:
      /^(go\/bin|\.bun\/bin|\.deno\/bin|\.local\/bin|\.yarn\/bin|\.ghcup\/bin|\.dotnet|\.dotnet\/tools)$/,
    folders: ['$1'],
  },
]

const realDisk: ToolchainDisk = {
  realFolder(path) {
    try {
      const real = realpathSync(path)
      return statSync(real).isDirectory() ? real : undefined
    } catch {
      // A PATH entry that does not exist is common and means nothing.
      return undefined
    }
  },
  exists: existsSync,
}

/**
 * Derives the toolchain from a user's PATH. Outside home, an installation (`bin` beside `lib`) is shown whole and any
 * other folder by itself; inside home only known installations of languages. `node_modules/.bin` folders, relative
 * entries and anything in a git working tree are left out: they belong to a project, not to the machine.
 */
export function findToolchain(source: ToolchainSource, disk: ToolchainDisk = realDisk): Toolchain {
  const home = disk.realFolder(source.home) ?? source.home
  const folders = new Set<string>()
  const path = new Set<string>()
  const env: Record<string, string> = {}
  for (const entry of source.path.split(':')) {
    if (!isAbsolute(entry)) continue
    const real = disk.realFolder(normalize(entry))
    if (real === undefined || isSystem(real) || real.endsWith(`${sep}node_modules${sep}.bin`))
      continue
    const shown = within(home, real) ? inHome(home, real, disk) : outsideHome(home, real, disk)
    if (shown === undefined) continue
    for (const folder of shown.folders) folders.add(folder)
    Object.assign(env, shown.env)
    path.add(real)
  }
  return {
    folders: withoutNested([...folders]),
    path: [...path],
    env,
    nodePath: source.nodeExecPath,
  }
}

interface Shown {
  folders: string[]
  env: Record<string, string>
}

function inHome(home: string, real: string, disk: ToolchainDisk): Shown | undefined {
  const inside = relative(home, real)
  for (const rule of homeRules) {
    const match = rule.entry.exec(inside)
    if (match === null) continue
    const absolute = (path: string) => join(home, path.replace('$1', match[1] ?? ''))
    const env = Object.fromEntries(
      Object.entries(rule.env ?? {}).map(([name, path]) => [name, absolute(path)]),
    )
    return { folders: rule.folders.map(absolute).filter((folder) => disk.exists(folder)), env }
  }
  // An unpacked archive such as ~/tools/node-v24/bin; never the home folder itself.
  const parent = dirname(real)
  return parent !== home && isInstallation(real, disk) ? { folders: [parent], env: {} } : undefined
}

function outsideHome(home: string, real: string, disk: ToolchainDisk): Shown | undefined {
  const parent = dirname(real)
  // `/` or a folder that holds the home would show far more than programs.
  if (within(real, home) || isInWorkingTree(real, disk)) return undefined
  const isWhole =
    isInstallation(real, disk) && !within(parent, home) && parent.split(sep).length > 2
  return { folders: [isWhole ? parent : real], env: {} }
}

function isInstallation(bin: string, disk: ToolchainDisk): boolean {
  const parent = dirname(bin)
  const holds = (name: string) => disk.exists(join(parent, name))
  return (
    basename(bin) === 'bin' &&
    !isInWorkingTree(bin, disk) &&
    (holds('lib') || holds('libexec') || holds('include'))
  )
}

function isInWorkingTree(path: string, disk: ToolchainDisk): boolean {
  for (let at = path; at !== dirname(at); at = dirname(at))
    if (disk.exists(join(at, '.git'))) return true
  return false
}

function isSystem(path: string): boolean {
  return systemRoots.some((root) => within(root, path))
}

function within(root: string, path: string): boolean {
  return path === root || path.startsWith(root === sep ? sep : root + sep)
}

function withoutNested(folders: string[]): string[] {
  return folders.filter(
    (folder) => !folders.some((other) => other !== folder && within(other, folder)),
  )
}
