import type { Repository, ScanState } from '@sluice/contract/repository'
import { setTimeout as sleep } from 'node:timers/promises'
import { emit, say, show, type ServerContext } from '../context.ts'
import { CommandError, exitCode, interrupted, type ExitCode } from '../exit-code.ts'
import { findRepository } from '../find-repository.ts'
import { absolutePath, findGitRoot } from '../git-root.ts'
import { readPages } from '../read-pages.ts'
import { Screen } from '../render/screen.ts'
import { duration, oneLine, plural, shortId } from '../render/text.ts'
import { showList, type ListOptions } from './lists.ts'

const lookEveryMs = 500

function stateOf({ state, problem, status }: Repository): string {
  if (state !== 'ready') return problem === null ? state : `${state}: ${problem}`
  if (status === null) return state
  if (status.head === null) return 'no commit yet'
  return status.isClean ? 'clean' : plural(status.changedFiles, 'changed file')
}

/** `sluice repos list` */
export async function listRepositories(
  context: ServerContext,
  options: ListOptions & { search?: string },
): Promise<ExitCode> {
  const items = await readPages(options.limit, (page) =>
    context.client.repositories.list({ ...page, search: options.search }),
  )
  return showList(context, items, {
    headings: ['REPOSITORY', 'NAME', 'BRANCH', 'STATE', 'PATH'],
    row: (repository) => [
      shortId(repository.id),
      repository.name,
      repository.status?.branch ?? repository.defaultBranch ?? '',
      stateOf(repository),
      repository.path,
    ],
    empty: 'There are no repositories. `sluice repos add PATH` adds one.',
  })
}

/** `sluice repos add PATH`: the repository that the folder lies in. One that is known already is no failure. */
export async function addRepository(context: ServerContext, path: string): Promise<ExitCode> {
  const folder = absolutePath(path, context.io.cwd)
  const root = (await findGitRoot(folder)) ?? folder
  const { repository, isNew } = await findRepository(context.client, root, context.io.cwd)
  if (!isNew && !context.isJson) say(context, 'The workspace has it already.')
  showRepository(context, repository)
  return exitCode.ok
}

function showRepository(context: ServerContext, repository: Repository): void {
  const { bold, dim } = context.paint.out
  show(
    context,
    repository,
    () => `${repository.id}  ${bold(oneLine(repository.name))}  ${dim(oneLine(repository.path))}\n`,
  )
}

/** Looks again and again until something has ended; Ctrl-C cancels it on the server first. */
async function waitFor<T>(
  context: ServerContext,
  options: {
    look: (signal: AbortSignal) => Promise<T>
    isOver: (state: T) => boolean
    describe: (state: T) => string
    cancel: () => Promise<unknown>
  },
): Promise<T> {
  const screen = new Screen(context.io.err)
  const leave = new AbortController()
  let wasInterrupted = false
  const forget = context.io.onInterrupt(() => {
    if (wasInterrupted) leave.abort(interrupted())
    wasInterrupted = true
    options.cancel().catch((error: unknown) => leave.abort(error))
  })
  try {
    while (true) {
      const state = await options.look(leave.signal)
      if (options.isOver(state)) {
        if (wasInterrupted) throw interrupted()
        return state
      }
      if (!context.isJson) screen.put([{ kind: 'status', text: options.describe(state) }])
      await sleep(lookEveryMs, undefined, { signal: leave.signal }).catch(() =>
        leave.signal.throwIfAborted(),
      )
    }
  } finally {
    forget()
    screen.end()
  }
}

/** `sluice repos clone URL` */
export async function cloneRepository(
  context: ServerContext,
  url: string,
  options: { name?: string },
): Promise<ExitCode> {
  const { client } = context
  const startedAt = context.now()
  const started = await client.repositories.clone({ url, name: options.name })
  const repositoryId = started.id
  const repository = await waitFor(context, {
    look: (signal) => client.repositories.get({ repositoryId }, { signal }),
    isOver: ({ state }) => state !== 'cloning',
    describe: ({ name }) => `Cloning ${oneLine(name)} · ${duration(context.now() - startedAt)}`,
    cancel: () => client.repositories.cancelClone({ repositoryId }),
  })
  if (repository.state !== 'ready') {
    throw new CommandError(
      'clone_failed',
      exitCode.failed,
      repository.problem ?? 'The clone did not succeed.',
    )
  }
  showRepository(context, repository)
  return exitCode.ok
}

/** `sluice repos scan ROOT…`; `--add` adds what is found. */
export async function scanForRepositories(
  context: ServerContext,
  roots: readonly string[],
  options: { add?: boolean },
): Promise<ExitCode> {
  const { client, io } = context
  await client.repositories.scan({ roots: roots.map((root) => absolutePath(root, io.cwd)) })
  const scan = await waitFor(context, {
    look: (signal) => client.repositories.scanState(undefined, { signal }),
    isOver: ({ state }) => state !== 'scanning',
    describe: ({ foldersVisited, found }) =>
      `${plural(foldersVisited, 'folder')}, ${plural(found.length, 'repository', 'repositories')}`,
    cancel: () => client.repositories.cancelScan(),
  })
  if (scan.state !== 'done') {
    throw new CommandError(
      'scan_failed',
      exitCode.failed,
      scan.problem ?? `The scan was ${scan.state}.`,
    )
  }
  const shown = options.add === true ? await addFound(context, scan) : scan
  if (context.isJson) {
    emit(context, shown)
    return exitCode.ok
  }
  return showList(context, shown.found, {
    headings: ['REPOSITORY', 'KIND', 'PATH'],
    row: ({ repositoryId, kind, path }) => [
      repositoryId === null ? 'new' : shortId(repositoryId),
      kind,
      path,
    ],
    empty: 'No repository was found.',
  })
}

async function addFound(context: ServerContext, scan: ScanState): Promise<ScanState> {
  const found: ScanState['found'] = []
  for (const item of scan.found) {
    const { id } =
      item.repositoryId === null
        ? await context.client.repositories.add({ path: item.path })
        : { id: item.repositoryId }
    found.push({ ...item, repositoryId: id })
  }
  return { ...scan, found }
}

/** `sluice repos gates REPO` */
export async function listGates(context: ServerContext, text: string): Promise<ExitCode> {
  const { repository, isNew } = await findRepository(context.client, text, context.io.cwd)
  if (isNew && !context.isJson) say(context, `Added ${oneLine(repository.name)}.`)
  const { items } = await context.client.gates.list({ repositoryId: repository.id })
  return showList(context, items, {
    headings: ['GATE', 'BLOCKS', 'ENABLED', 'LIMIT', 'COMMAND'],
    row: (gate) => [
      gate.name,
      gate.isBlocking ? 'yes' : 'no',
      gate.isEnabled ? 'yes' : 'no',
      `${gate.timeoutSeconds} s`,
      gate.command,
    ],
    empty: 'This repository has no gates: nothing is checked before you are asked.',
  })
}
