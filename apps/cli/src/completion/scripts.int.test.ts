import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completionScript, type Shell } from './scripts.ts'

// The command that the scripts ask is a stand-in which says what it was asked, so that the
// scripts are seen to pass on every word and to understand the answers.
let folder: string
let command: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-cli-it's-"))
  command = join(folder, 'answer.sh')
  writeFileSync(
    command,
    '#!/bin/sh\nshift 2\nif [ "$1" = dirs ]; then echo :folders; exit; fi\nprintf "%s-word\\twhat it is\\n" "$#" "$1"\n',
  )
  chmodSync(command, 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hasShell = (shell: Shell): boolean => spawnSync(shell, ['--version']).error === undefined
const script = (shell: Shell): string => completionScript(shell, [command])
const runIn = (shell: Shell, ...words: string[]): string =>
  execFileSync(shell, words, { encoding: 'utf8' })

test('bash gets the candidates without their descriptions, and folders by itself', () => {
  const program = `${script('bash')}
    COMP_WORDS=(sluice task ''); COMP_CWORD=2; _sluice; printf '%s\\n' "\${COMPREPLY[@]}"
    cd "$1"; mkdir -p 'sub folder'; COMP_WORDS=(sluice dirs su); COMP_CWORD=2; _sluice; printf '%s\\n' "\${COMPREPLY[@]}"
    complete -p sluice`
  const out = runIn('bash', '--norc', '-c', program, 'bash', folder)
  expect(out).toBe('2-word\ntask-word\nsub folder\ncomplete -F _sluice sluice\n')
})

test('zsh reads its script', (context) => {
  context.skip(!hasShell('zsh'), 'zsh is not installed')
  const program = `compdef() { :; }; ${script('zsh')}
    _describe() { print -r -- "$1 \${(j:|:)found}" }
    words=(sluice task ''); CURRENT=3; _sluice`
  const out = runIn('zsh', '-f', '-c', program)
  expect(out).toBe('sluice 2-word:what it is|task-word:what it is\n')
})

test('fish offers the candidates with their descriptions', (context) => {
  context.skip(!hasShell('fish'), 'fish is not installed')
  const program = `${script('fish')}\ncomplete --do-complete 'sluice task '`
  const out = runIn('fish', '--no-config', '-c', program)
  expect(out).toBe('2-word\twhat it is\ntask-word\twhat it is\n')
})
