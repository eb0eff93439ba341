import type { SessionStatus } from '@sluice/contract/session'
import type { TaskStatus } from '@sluice/contract/task'
import { show, type ServerContext } from '../context.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { findRepository } from '../find-repository.ts'
import { findSession } from '../find-task.ts'
import { readPages } from '../read-pages.ts'
import { statusWords } from '../render/events.ts'
import { table } from '../render/table.ts'
import { ago, shortId } from '../render/text.ts'

export interface ListOptions {
  limit: number
}

/** Shows a list: `{ items }` to a machine, a table or a word about emptiness to a person. */
export function showList<T>(
  context: ServerContext,
  items: readonly T[],
  view: { headings: string[]; row: (item: T) => string[]; empty: string },
): ExitCode {
  const { out } = context.paint
  show(context, { items }, () =>
    items.length === 0
      ? `${view.empty}\n`
      : table(view.headings, items.map(view.row), { width: context.io.out.columns(), paint: out }),
  )
  return exitCode.ok
}

/** `sluice sessions list` */
export async function listSessions(
  context: ServerContext,
  options: ListOptions & { status?: SessionStatus; repo?: string },
): Promise<ExitCode> {
  const repositoryId =
    options.repo === undefined
      ? undefined
      : (await findRepository(context.client, options.repo, context.io.cwd)).repository.id
  const items = await readPages(options.limit, (page) =>
    context.client.sessions.list({ ...page, status: options.status, repositoryId }),
  )
  return showList(context, items, {
    headings: ['SESSION', 'STATUS', 'TASK', 'REPOSITORY', 'ACTIVE', 'TITLE'],
    row: (session) => [
      shortId(session.id),
      session.status,
      session.task === null ? '' : statusWords[session.task.status],
      session.repositoryName,
      ago(session.lastActivityAt, context.now()),
      session.title,
    ],
    empty: 'There are no sessions. `sluice task "…" --repo PATH` starts one.',
  })
}

/** `sluice tasks list` */
export async function listTasks(
  context: ServerContext,
  options: ListOptions & { status?: TaskStatus; session?: string },
): Promise<ExitCode> {
  const sessionId =
    options.session === undefined
      ? undefined
      : (await findSession(context.client, options.session)).id
  const items = await readPages(options.limit, (page) =>
    context.client.tasks.list({ ...page, status: options.status, sessionId }),
  )
  return showList(context, items, {
    headings: ['TASK', 'SESSION', 'STATUS', 'CREATED', 'PROMPT'],
    row: (task) => [
      shortId(task.id),
      `${shortId(task.sessionId)}#${task.number}`,
      statusWords[task.status],
      ago(task.createdAt, context.now()),
      task.prompt,
    ],
    empty: 'There are no tasks.',
  })
}

/** `sluice inbox` */
export async function listInbox(context: ServerContext, options: ListOptions): Promise<ExitCode> {
  const items = await readPages(options.limit, (page) => context.client.inbox.list(page))
  const kinds = {
    review: 'to review',
    gates_failed: 'gates failed',
    failed: 'failed',
    interrupted: 'interrupted',
  } as const
  return showList(context, items, {
    headings: ['TASK', 'WHAT', 'REPOSITORY', 'SINCE', 'TITLE'],
    row: (item) => [
      shortId(item.taskId),
      kinds[item.kind],
      item.repositoryName,
      ago(item.since, context.now()),
      item.title,
    ],
    empty: 'Nothing waits for you.',
  })
}
