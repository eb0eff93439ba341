import { describe, expect, it } from 'vitest'
import { findToolchain } from './toolchain.ts'

/** A disk that holds just these folders; `a -> b` is a link. */
function disk(...entries: string[]) {
  const links = new Map(
    entries
      .filter((entry) => entry.includes(' -> '))
      .map((entry) => entry.split(' -> ') as [string, string]),
  )
  const plain = entries.filter((entry) => !entry.includes(' -> '))
  const exists = (path: string) =>
    links.has(path) || plain.some((entry) => entry === path || entry.startsWith(`${path}/`))
  return {
    exists,
    realFolder: (path: string) => (exists(path) ? (links.get(path) ?? path) : undefined),
  }
}

const find = (path: string[], entries: string[]) =>
  findToolchain(
    { path: path.join(':'), home: '/home/ann', nodeExecPath: '/home/ann/sluice/node' },
    disk('/home/ann', ...entries),
  )

describe('findToolchain', () => {
  it('shows a node version of nvm and nothing else of the home folder', () => {
    const bin = '/home/ann/.nvm/versions/node/v22.1.0/bin'
    expect(find([bin, '/usr/bin'], [bin, '/home/ann/.ssh'])).toEqual({
      folders: ['/home/ann/.nvm/versions/node/v22.1.0'],
      path: [bin],
      env: {},
      nodePath: '/home/ann/sluice/node',
    })
  })

  it('shows cargo’s programs but not the folder with its credentials', () => {
    const found = find(
      ['/home/ann/.cargo/bin'],
      ['/home/ann/.cargo/bin', '/home/ann/.cargo/credentials.toml', '/home/ann/.rustup'],
    )
    expect(found.folders).toEqual(['/home/ann/.cargo/bin', '/home/ann/.rustup'])
    expect(found.env).toEqual({ RUSTUP_HOME: '/home/ann/.rustup' })
  })

  it('never shows the home folder, a folder above it, or unknown folders in it', () => {
    const path = [
      '/home/ann',
      '/home',
      '/',
      '/home/ann/bin',
      '/home/ann/.config/x/bin',
      '/home/ann/.aws/bin',
      '/home/ann/notes',
    ]
    const found = find(path, [...path, '/home/ann/lib', '/home', '/'])
    expect(found.folders).toEqual([])
    expect(found.path).toEqual([])
  })

  it('shows an unpacked installation in home whole, and a project’s bin not at all', () => {
    const found = find(
      ['/home/ann/tools/node-v24/bin', '/home/ann/work/app/bin'],
      [
        '/home/ann/tools/node-v24/bin',
        '/home/ann/tools/node-v24/lib',
        '/home/ann/work/app/bin',
        '/home/ann/work/app/lib',
        '/home/ann/work/app/.git',
      ],
    )
    expect(found.folders).toEqual(['/home/ann/tools/node-v24'])
  })

  it('leaves out project folders, relative entries, missing and system folders', () => {
    const found = find(
      [
        '/srv/app/node_modules/.bin',
        'node_modules/.bin',
        '',
        '.',
        '/usr/local/bin',
        '/bin',
        '/none',
        '/srv/repo/bin',
      ],
      ['/srv/app/node_modules/.bin', '/usr/local/bin', '/bin', '/srv/repo/bin', '/srv/repo/.git'],
    )
    expect(found).toMatchObject({ folders: [], path: [] })
  })

  it('outside home shows an installation whole and a lone folder by itself, once', () => {
    const found = find(
      ['/opt/go/bin', '/opt/scripts', '/opt/go/bin'],
      ['/opt/go/bin', '/opt/go/lib', '/opt/scripts/x'],
    )
    expect(found.folders).toEqual(['/opt/go', '/opt/scripts'])
    expect(found.path).toEqual(['/opt/go/bin', '/opt/scripts'])
  })

  it('follows a link to where the programs are', () => {
    const real = '/home/ann/.local/share/fnm/node-versions/v22/installation/bin'
    expect(
      find(
        ['/run/user/1000/fnm_multishells/1/bin'],
        [`/run/user/1000/fnm_multishells/1/bin -> ${real}`, real],
      ),
    ).toMatchObject({
      path: [real],
      folders: ['/home/ann/.local/share/fnm/node-versions/v22/installation'],
    })
  })
})
