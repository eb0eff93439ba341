import {
  chmodSync,
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { agentTree, captureWorkingState, commitInPlace, restoreWorkingState } from './in-place.ts'
import { openShadow } from './shadow.ts'
import { git, makeRepository, tempFolder } from './testing/repo.ts'

const PERSON = { name: 'Ada', email: 'ada@example.org' }
const RUNS = 300

const paths = fc.constantFrom(
  'a.txt',
  'b.txt',
  'dir/c.txt',
  'dir/deep/d.txt',
  'with space.txt',
  'quo"te\'.txt',
  'line\nend.txt',
  '-dash.txt',
  'ünï.txt',
  'ignored.log',
  'build/out.bin',
  'build/sub/x',
  'dir',
  'dir/ignored.log',
  'empty',
  'link',
  'bin.dat',
  '.gitignore',
  '.hidden/y',
)
const contents = fc.oneof(
  fc.constantFrom('', 'one\n', 'one\ntwo\nthree\n', 'crlf\r\nline\r\n', '\0binary\xff'),
  fc.string({ maxLength: 60 }),
)
const edits = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant('write' as const), path: paths, content: contents }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('delete' as const), path: paths }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('mode' as const),
      path: paths,
      mode: fc.constantFrom(0o600, 0o644, 0o755, 0o777, 0o444),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('link' as const),
      path: paths,
      target: fc.constantFrom('a.txt', '../outside', '../x', 'dir'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('mkdir' as const), path: paths }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('move' as const), path: paths, to: paths }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('hardlink' as const), path: paths, to: paths }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('append' as const), path: paths, content: contents }),
  },
)
type Edit = typeof edits extends fc.Arbitrary<infer T> ? T : never
const gitSteps = fc.constantFrom('add-all', 'add-a', 'reset-a', 'intent', 'none')

/** Does what a person or an agent would; what the file system refuses is not done. */
function apply(root: string, edit: Edit): void {
  const path = join(root, edit.path)
  try {
    if (edit.op === 'delete') return rmSync(path, { recursive: true })
    if (edit.op === 'mode')
      return chmodSync(path, lstatSync(path).isDirectory() ? edit.mode | 0o700 : edit.mode)
    mkdirSync(dirname(path), { recursive: true })
    if (edit.op === 'write') writeFileSync(path, Buffer.from(edit.content, 'latin1'))
    else if (edit.op === 'append') writeFileSync(path, edit.content, { flag: 'a' })
    else if (edit.op === 'link') symlinkSync(edit.target, path)
    else if (edit.op === 'mkdir') mkdirSync(path)
    else {
      mkdirSync(dirname(join(root, edit.to)), { recursive: true })
      if (edit.op === 'move') renameSync(path, join(root, edit.to))
      else linkSync(path, join(root, edit.to))
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
  }
}

function applyGit(root: string, step: string): void {
  const run = (...args: string[]): void => {
    try {
      git(root, ...args)
    } catch {
      // Not possible in this state (no such file, nothing to reset): the state stays as it is.
    }
  }
  if (step === 'add-all') run('add', '-A')
  else if (step === 'add-a') run('add', '--', 'a.txt', 'dir')
  else if (step === 'reset-a') run('reset', '-q', '--', 'a.txt')
  else if (step === 'intent') run('add', '-N', '.')
}

/** Everything that can be seen of a folder: names, kinds, modes, bytes, targets; the git folder included. */
function picture(root: string): Record<string, string> {
  const seen: Record<string, string> = {}
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (path === '.git/objects') continue
      const stat = lstatSync(join(root, path))
      const mode = (stat.mode & 0o7777).toString(8)
      if (stat.isSymbolicLink()) seen[path] = `link ${readlinkSync(join(root, path))}`
      else if (stat.isDirectory()) {
        seen[path] = `folder ${mode}`
        walk(path)
      } else seen[path] = `file ${mode} ${readFileSync(join(root, path)).toString('latin1')}`
    }
  }
  walk('')
  return seen
}

function withoutGit(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).filter(([path]) => path !== '.git' && !path.startsWith('.git/')),
  )
}

const ignores = ['*.log\nbuild/\n', '', 'build/\n!build/out.bin\nempty\n']

const scenario = fc.record({
  committed: fc.array(edits, { maxLength: 8 }),
  ignore: fc.constantFrom(...ignores),
  userFirst: fc.array(edits, { maxLength: 6 }),
  step: gitSteps,
  userThen: fc.array(edits, { maxLength: 6 }),
  agent: fc.array(edits, { minLength: 1, maxLength: 10 }),
  commitless: fc.nat(9).map((value) => value === 9),
  ending: fc.constantFrom(
    'restore' as const,
    'restore' as const,
    'undo' as const,
    'commit' as const,
  ),
})

test(
  'restoring leaves the checkout and its git folder byte for byte as before, whatever the agent did',
  { timeout: 900_000 },
  async () => {
    await using temp = tempFolder()
    // What every case begins with is made once and copied: git is what takes the time here.
    const templates = new Map(
      [undefined, ...ignores].map((ignore, index) => [
        ignore,
        makeRepository(
          join(temp.path, `template-${index}`),
          ignore === undefined
            ? {}
            : { 'a.txt': 'one\ntwo\nthree\n', 'dir/c.txt': 'c\n', '.gitignore': ignore },
        ),
      ]),
    )
    let number = 0
    let commits = 0
    await fc.assert(
      fc.asyncProperty(
        scenario,
        async ({ committed, ignore, userFirst, step, userThen, agent, commitless, ending }) => {
          number += 1
          // Edits follow the links they make, so what those lead to lies in the case's own folder.
          const place = join(temp.path, `case-${number}`)
          mkdirSync(join(place, 'outside'), { recursive: true })
          const root = join(place, 'repo')
          cpSync(templates.get(commitless ? undefined : ignore)!, root, { recursive: true })
          try {
            for (const edit of committed) apply(root, edit)
            if (!commitless) {
              git(root, 'add', '-A')
              git(root, '-c', 'gc.auto=0', 'commit', '-q', '--allow-empty', '-m', 'second')
            }
            for (const edit of userFirst) apply(root, edit)
            applyGit(root, step)
            for (const edit of userThen) apply(root, edit)

            const before = picture(root)
            const shadow = await openShadow({
              shadowPath: join(place, 'shadow'),
              repositoryPath: root,
            })
            const state = await captureWorkingState({
              shadow,
              workTree: root,
              maxIgnoredBytes: 1e6,
            })
            expect(picture(root)).toEqual(before)

            for (const edit of agent) apply(root, edit)
            const after = picture(root)
            const reviewed = await agentTree({ shadow, workTree: root, state })
            expect(picture(root)).toEqual(after)

            if (ending !== 'commit') {
              const rejected =
                ending === 'undo'
                  ? await captureWorkingState({ shadow, workTree: root, maxIgnoredBytes: 1e6 })
                  : undefined
              await restoreWorkingState({ shadow, workTree: root, state })
              expect(picture(root)).toEqual(before)
              if (rejected === undefined) return
              await restoreWorkingState({ shadow, workTree: root, state: rejected })
              expect(picture(root)).toEqual(after)
              return
            }
            if (reviewed.tree === undefined) return
            const commit = await shadow.commitTree({
              tree: reviewed.tree,
              parents: state.head === null ? [] : [state.head],
              message: 'by agent',
              author: PERSON,
              committer: PERSON,
              at: new Date(1e12),
            })
            try {
              await commitInPlace({ shadow, workTree: root, state, commit })
            } catch (error) {
              // What the user staged and then changed again may overlap although the files do not.
              expect(error).toMatchObject({ code: 'overlap' })
              expect(picture(root)).toEqual(after)
              return
            }
            commits += 1
            expect(git(root, 'rev-parse', 'HEAD^{tree}').trim()).toBe(reviewed.tree)
            expect(withoutGit(picture(root))).toEqual(withoutGit(after))
            git(root, 'fsck', '--strict')
          } finally {
            rmSync(place, { recursive: true, force: true })
          }
        },
      ),
      { numRuns: RUNS },
    )
    expect(number).toBeGreaterThanOrEqual(RUNS)
    expect(commits).toBeGreaterThan(0)
  },
)
