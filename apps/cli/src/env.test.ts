import { expect, test } from 'vitest'
import { environmentFrom, serverEnvironment } from './env.ts'

test('address, key and the place of the config file come from the environment', () => {
  expect(
    environmentFrom({ SLUICE_URL: 'http://s', SLUICE_KEY: 'k', XDG_CONFIG_HOME: '/c', HOME: '/h' }),
  ).toEqual({ url: 'http://s', key: 'k', configFile: '/c/sluice/cli.json', colour: undefined })
  expect(environmentFrom({ HOME: '/h', SLUICE_URL: '' })).toMatchObject({
    url: undefined,
    configFile: '/h/.config/sluice/cli.json',
  })
})

test.each([
  [{ NO_COLOR: '1' }, false],
  [{ NO_COLOR: '' }, undefined],
  [{ TERM: 'dumb' }, false],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  [{ FORCE_COLOR: '0' }, undefined],
])('colour follows %o', (variables, colour) => {
  expect(environmentFrom(variables).colour).toBe(colour)
})

test('a server of our own gets nothing of the installation that the caller works with', () => {
  const given = serverEnvironment(
    { SLUICE_PORT: '0' },
    {
      PATH: '/bin',
      HOME: '/h',
      DATABASE_URL: 'postgres://theirs',
      SLUICE_DATA: '/theirs',
      SLUICE_PORT: '4000',
      SLUICE_KEY: 'secret',
      SLUICE_RECORDING_PACE: '0',
      ANTHROPIC_API_KEY: 'secret',
      OPENAI_BASE_URL: 'http://theirs',
      GIT_DIR: '/theirs/.git',
      UNSET: undefined,
    },
  )
  expect(given).toEqual({ PATH: '/bin', HOME: '/h', SLUICE_RECORDING_PACE: '0', SLUICE_PORT: '0' })
})
