import { describe, expect, test } from 'vitest'
import { readableLine, type Look } from './log-line.ts'

const timeOfDay: Look['timeOfDay'] = (time) => time.slice(11, 19)
const plain: Look = { timeOfDay, paint: (_part, text) => text }
const named: Look = { timeOfDay, paint: (part, text) => `<${part}>${text}</>` }
const record = (fields: object): string =>
  `${JSON.stringify({ level: 'info', time: '2026-01-02T03:04:05.678Z', ...fields })}\n`

describe('a line of the log at a terminal', () => {
  test('is the time and the message', () => {
    expect(readableLine(record({ msg: 'stopped' }), plain)).toBe('03:04:05  stopped\n')
  })

  test('says what belongs to the message, but nothing that it says already', () => {
    const line = record({
      url: 'http://127.0.0.1:4000',
      roles: ['api', 'worker'],
      data: '/data',
      msg: 'Sluice is ready at http://127.0.0.1:4000',
    })
    expect(readableLine(line, plain)).toBe(
      '03:04:05  Sluice is ready at http://127.0.0.1:4000  roles=["api","worker"] data=/data\n',
    )
  })

  test('marks warnings and failures', () => {
    expect(readableLine(record({ level: 'warn', msg: 'odd' }), named)).toBe(
      '<time>03:04:05</>  <warning>warning</>  odd\n',
    )
    expect(readableLine(record({ level: 'fatal', msg: 'over' }), named)).toBe(
      '<time>03:04:05</>  <failure>error</>  over\n',
    )
  })

  test('puts the stack of an error below, indented', () => {
    const line = record({ level: 'error', err: { stack: 'Error: no\n    at f' }, msg: 'failed' })
    expect(readableLine(line, plain)).toBe('03:04:05  error  failed\n    Error: no\n        at f\n')
  })

  test('that is no record is shown as it came', () => {
    expect(readableLine('Segmentation fault\n', plain)).toBe('Segmentation fault\n')
    expect(readableLine('7\n', plain)).toBe('7\n')
  })
})
