import { expect, it } from 'vitest'
import { descendantsOf, parseStat } from './process-table.ts'

const stat = (pid: number, name: string, state: string, parent: number, group: number) =>
  `${pid} (${name}) ${state} ${parent} ${group} 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 9000 33 18446744073709551615 1 1\n`

it('reads a process whose name holds spaces and parentheses', () => {
  expect(parseStat(stat(12, 'a) S 9 (b', 'S', 3, 12))).toEqual({
    pid: 12,
    parentPid: 3,
    groupId: 12,
    startTicks: 777,
    residentPages: 33,
    isZombie: false,
  })
  expect(parseStat(stat(12, 'x', 'Z', 3, 12))?.isZombie).toBe(true)
  expect(parseStat('')).toBeUndefined()
})

it('finds children at every depth, and no others', () => {
  const rows = [
    stat(2, 'a', 'S', 1, 2),
    stat(3, 'b', 'S', 2, 2),
    stat(4, 'c', 'S', 3, 4),
    stat(5, 'd', 'S', 1, 5),
  ].flatMap((text) => parseStat(text) ?? [])
  expect(descendantsOf(rows, 2).map(({ row, depth }) => [row.pid, depth])).toEqual([
    [3, 1],
    [4, 2],
  ])
})
