import { expect, test } from 'vitest'
import { createProgram } from '../program/program.ts'
import type { Runner } from '../run-types.ts'
import { createTerminal } from '../testing/terminal.ts'
import { complete } from './complete.logic.ts'
import { grammarOf } from './grammar.ts'

const runner: Runner = { here: async () => undefined, signedIn: async () => undefined }
const grammar = grammarOf(createProgram(runner, createTerminal().io))
const values = (...words: string[]): string[] =>
  complete(grammar, words).candidates.map(({ value }) => value)
const place = (...words: string[]): string => complete(grammar, words).place.kind

test('commands and their subcommands are completed', () => {
  expect(values('ta')).toEqual(['tasks', 'task', 'tail'])
  expect(values('repos', '')).toEqual(['list', 'add', 'clone', 'scan', 'gates'])
  expect(values('repos', 'list', '')).toEqual([])
  expect(values('')).not.toContain('completions')
})

test('options of the command and of the program are completed, anywhere', () => {
  expect(values('task', '--mo')).toEqual(['--mode', '--model'])
  expect(values('approve', 'tsk_1', '--js')).toEqual(['--json'])
  expect(values('--json', 'approve', '--me')).toEqual(['--message', '--merge'])
})

test('the value of an option is completed in its place or after an equals sign', () => {
  expect(values('task', '--mode', '')).toEqual(['isolated', 'in-place'])
  expect(values('task', '--sandbox=b')).toEqual(['--sandbox=bubblewrap'])
  expect(values('completion', 'f')).toEqual(['fish'])
  expect(values('task', '--message', 'ta')).toEqual([])
})

test('what only the server or the disk knows is named by its kind', () => {
  expect(place('approve', '')).toBe('task')
  expect(place('approve', '--merge', '')).toBe('task')
  expect(place('approve', 'tsk_1', '')).toBe('free')
  expect(place('task', 'do it', '--repo', '')).toBe('repo')
  expect(place('tail', '')).toBe('session')
  expect(place('repos', 'scan', 'a', 'b', '')).toBe('folder')
  expect(place('task', '')).toBe('free')
})

test('after -- nothing is an option', () => {
  expect(values('repos', 'add', '--', '--j')).toEqual([])
  expect(place('repos', 'add', '--', '')).toBe('folder')
})
