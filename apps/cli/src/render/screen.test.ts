import { expect, test } from 'vitest'
import { createTerminal } from '../testing/terminal.ts'
import { Screen, type Mark } from './screen.ts'

const line = (text: string): Mark => ({ kind: 'line', text })
const text = (part: string): Mark => ({ kind: 'text', text: part })
const status = (now: string): Mark => ({ kind: 'status', text: now })

test('a pipe gets whole lines and no status', () => {
  const terminal = createTerminal()
  const screen = new Screen(terminal.io.out)
  screen.put([status('working'), text('half a '), text('line'), status('still')])
  expect(terminal.out()).toBe('')
  screen.put([text(' and\nmore'), line('✓ done'), text('open')])
  screen.end()
  expect(terminal.out()).toBe('half a line and\nmore\n✓ done\nopen\n')
})

test('on a terminal text appears as it comes, and a line starts a line of its own', () => {
  const terminal = createTerminal({ isTty: true })
  const screen = new Screen(terminal.io.out)
  screen.put([text('half')])
  expect(terminal.out()).toBe('half')
  screen.put([line('✓ done')])
  expect(terminal.out()).toBe('half\n✓ done\n')
})

test('the status stands below the lines and leaves no trace', () => {
  const terminal = createTerminal({ isTty: true, columns: 10 })
  const screen = new Screen(terminal.io.out)
  screen.put([status('Gate 1 of 2: tests')])
  expect(terminal.out()).toBe('Gate 1 o…')
  screen.put([line('a')])
  expect(terminal.out()).toBe('Gate 1 o…\r\u001b[Ka\nGate 1 o…')
  screen.put([status('')])
  screen.end()
  expect(terminal.out()).toBe('Gate 1 o…\r\u001b[Ka\nGate 1 o…\r\u001b[K')
})

test('the status waits while a line of text is open', () => {
  const terminal = createTerminal({ isTty: true })
  const screen = new Screen(terminal.io.out)
  screen.put([text('thinking'), status('now')])
  expect(terminal.out()).toBe('thinking')
  screen.put([text(' hard\n')])
  expect(terminal.out()).toBe('thinking hard\nnow')
})
