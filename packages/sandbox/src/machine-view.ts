/** Looks at the machine once: which system folders exist, and the small files that stand in for /etc's own. */
import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MachineView } from './bubblewrap-arguments.ts'
import type { Toolchain } from './toolchain.ts'

/** Parts of /etc that programs need and that hold no secret (of ssl and pki not the private keys). */
const publicEtc = [
  ...[
    'ld.so.cache',
    'ld.so.conf',
    'ld.so.conf.d',
    'alternatives',
    'localtime',
    'timezone',
    'mime.types',
    'os-release',
    'debian_version',
    'protocols',
    'services',
  ],
  ...[
    'ssl/certs',
    'ssl/openssl.cnf',
    'ca-certificates',
    'pki/ca-trust',
    'pki/tls/certs',
    'fonts',
    'java-17-openjdk',
    'java-21-openjdk',
    'python3',
    'perl',
    'php',
    'crypto-policies',
  ],
]

/** Owned by root and open to its user id alone, whatever its capabilities. */
const rootOnlyProc = [
  'kcore',
  'keys',
  'kmsg',
  'kpagecgroup',
  'kpagecount',
  'kpageflags',
  'latency_stats',
  'mtrr',
  'sched_debug',
  'sysrq-trigger',
  'timer_list',
]

/** Makes the generated files under `folder` and gives the view. */
export async function createMachineView(
  folder: string,
  toolchain: Toolchain,
  isRoot: boolean,
): Promise<MachineView> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const generated: Record<string, string> = {
    passwd:
      'sandbox:x:1000:1000:sandbox:/tmp/home:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
    group: 'sandbox:x:1000:\nnogroup:x:65534:\n',
    hosts: '127.0.0.1 localhost sandbox\n::1 localhost\n',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  }
  const emptyFile = join(folder, 'empty')
  await writeFile(emptyFile, '', { mode: 0o444, flag: 'a' })
  const generatedEtc: Record<string, string> = {}
  for (const [name, text] of Object.entries(generated)) {
    generatedEtc[name] = join(folder, name)
    await writeFile(generatedEtc[name], text, { mode: 0o644 })
  }
  return {
    topLevel: ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']
      .filter((path) => existsSync(path))
      .map((path) => ({ path, link: linkOf(path) })),
    etc: publicEtc.map((name) => join('/etc', name)).filter((path) => existsSync(path)),
    generatedEtc,
    hiddenProc: isRoot
      ? rootOnlyProc.map((name) => join('/proc', name)).filter((path) => existsSync(path))
      : [],
    emptyFile,
    toolchainFolders: toolchain.folders,
    nodePath: toolchain.nodePath,
    helperSource: fileURLToPath(new URL('./inside', import.meta.url)),
  }
}

function linkOf(path: string): string | undefined {
  return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
}
