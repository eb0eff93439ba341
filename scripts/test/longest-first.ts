import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The files that take longest, the longest first. On a fresh clone vitest knows no times and goes by the files' sizes, so
 * that one of these could begin when all the others are done, and the machine's other processors wait for it.
 */
export const longest = [
  'apps/server/src/kill-ends.int.test.ts',
  'apps/server/src/kill.int.test.ts',
  'packages/git/src/in-place.property.int.test.ts',
  'apps/server/src/stream.int.test.ts',
  'apps/server/src/task-restore.property.int.test.ts',
  'packages/engine/src/crash.int.test.ts',
  'apps/server/src/start.int.test.ts',
  'apps/cli/src/main-job.int.test.ts',
  'apps/server/src/task-review.int.test.ts',
  'apps/server/src/task-ends.int.test.ts',
  'packages/sandbox/src/behaviour.int.test.ts',
  'packages/db/src/embedded.int.test.ts',
  'apps/cli/src/demo/demo.int.test.ts',
]

/** vitest's own order, with the longest files of a project before its others. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const rank = longest.findIndex((name) => moduleId.endsWith(`/${name}`))
      return rank === -1 ? longest.length : rank
    }
    const byProject = Map.groupBy(await super.sort(files), ({ project }) => project.name)
    return [...byProject.values()].flatMap((some) => some.sort((a, b) => rankOf(a) - rankOf(b)))
  }
}
