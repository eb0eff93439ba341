import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const files = 200
const linesPerFile = 250
export const bigFileLines = 10_000

/** Names that a careless path handling breaks on. */
export const oddNames = [
  'odd/with space.txt',
  `odd/it's "quoted".txt`,
  'odd/two\nlines.txt',
  'odd/-rf.txt',
]

const pixel = (colour: string) =>
  Buffer.from(
    colour === 'red'
      ? 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC'
      : 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC',
    'base64',
  )

/**
 * What an agent runs to change every line of 200 files (250 old and 250 new ones each) and 20,000 lines of one more,
 * a binary file and an image, a name, a mode, and files of odd names.
 */
const rewrite = `
import { chmodSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
for (const folder of readdirSync('src')) {
  for (const name of readdirSync('src/' + folder)) {
    const file = 'src/' + folder + '/' + name
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('before', 'after'))
  }
}
writeFileSync('big.txt', readFileSync('big.txt', 'utf8').replaceAll('before', 'after'))
writeFileSync('data.bin', Buffer.from([0, 1, 2, 3, 250, 251]))
writeFileSync('dot.png', Buffer.from('${pixel('blue').toString('base64')}', 'base64'))
renameSync('old name.md', 'new name.md')
chmodSync('tool.sh', 0o755)
for (const name of ${JSON.stringify(oddNames)}) writeFileSync(name, 'after\\n')
`

/** A repository on which `node rewrite.mjs` makes a change of 120,000 lines. */
export function createLargeRepository(path: string): void {
  const write = (file: string, content: string | Buffer) => {
    mkdirSync(dirname(join(path, file)), { recursive: true })
    writeFileSync(join(path, file), content)
  }
  for (let at = 0; at < files; at++) {
    const lines = Array.from(
      { length: linesPerFile },
      (_, line) => `export const value${at}_${line} = 'before ${line * 31}'\n`,
    )
    write(`src/part-${String(at % 10)}/file-${String(at).padStart(3, '0')}.ts`, lines.join(''))
  }
  write(
    'big.txt',
    Array.from(
      { length: bigFileLines },
      (_, line) => `before ${line}, one of the many lines of a long list\n`,
    ).join(''),
  )
  write('data.bin', Buffer.from([0, 1, 2, 3]))
  write('dot.png', pixel('red'))
  write('old name.md', Array.from({ length: 20 }, (_, line) => `Line ${line} of a text\n`).join(''))
  write('tool.sh', '#!/bin/sh\ntrue\n')
  write('rewrite.mjs', rewrite)
  for (const name of oddNames) write(name, 'before\n')
  const git = (...args: string[]) =>
    execFileSync('git', [
      '-C',
      path,
      '-c',
      'user.name=Someone',
      '-c',
      'user.email=someone@example.com',
      ...args,
    ])
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'Before')
}
