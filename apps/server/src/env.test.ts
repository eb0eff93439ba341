import { expect, test } from 'vitest'
import { readSettings, SettingsError } from './env.ts'

test('without any variable there are defaults for all', () => {
  const { settings } = readSettings({ HOME: '/home/a' })
  expect(settings).toMatchObject({
    SLUICE_HOST: '127.0.0.1',
    SLUICE_PORT: 4000,
    dataFolder: '/home/a/.local/share/sluice',
  })
})

test('every wrong setting is named with what it must be', () => {
  const read = () =>
    readSettings({ SLUICE_PORT: 'http', SLUICE_OWNER_EMAIL: 'nobody', SLUICE_ROLES: 'api,cook' })
  expect(read).toThrow(SettingsError)
  expect(read).toThrow(/SLUICE_PORT[\s\S]*SLUICE_ROLES[\s\S]*SLUICE_OWNER_EMAIL/)
})

test('an unknown SLUICE_ variable is reported, one of the command line is not', () => {
  expect(readSettings({ SLUICE_PROT: '1', SLUICE_KEY: 'k', OTHER: 'x' }).unknown).toEqual([
    'SLUICE_PROT',
  ])
})

test('an empty variable is one that was not set', () => {
  expect(readSettings({ SLUICE_PORT: '' }).settings.SLUICE_PORT).toBe(4000)
})
