import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

/** What this process does; several may share one Postgres. */
export const roleNames = ['api', 'gateway', 'worker'] as const
export type RoleName = (typeof roleNames)[number]

const text = z.string().trim().min(1)
const commaList = text.transform((list) =>
  list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

/** Every setting that the environment may hold. `docs/configuration.md` lists the same names. */
export const Environment = z.object({
  SLUICE_HOST: text.default('127.0.0.1'),
  SLUICE_PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  SLUICE_DATA: text.optional(),
  SLUICE_ROLES: commaList.pipe(z.array(z.enum(roleNames)).min(1)).default([...roleNames]),
  SLUICE_PUBLIC_URL: z.url().optional(),
  SLUICE_SECRET_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be 64 hex digits, as `openssl rand -hex 32` prints them')
    .optional(),
  SLUICE_OWNER_EMAIL: z.email().optional(),
  SLUICE_OWNER_PASSWORD: z.string().min(10, 'must have at least 10 characters').optional(),
  SLUICE_OWNER_NAME: text.default('Owner'),
  SLUICE_WORKSPACE: text.default('My workspace'),
  SLUICE_SMTP_URL: z.url().optional(),
  SLUICE_SMTP_FROM: text.optional(),
  SLUICE_ROOTS: commaList.default([]),
  SLUICE_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info'),
  SLUICE_RECORDING_PACE: z.coerce.number().min(0).max(10).default(1),
  SLUICE_KEEP_RUNS_DAYS: z.coerce.number().int().min(1).max(3650).default(30),
  DATABASE_URL: text.optional(),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: z.string().optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: z.string().optional(),
  OLLAMA_BASE_URL: z.string().optional(),
})

/** Settings of the command line, which shares the environment with the server. */
export const commandLineVariables = [
  'SLUICE_URL',
  'SLUICE_KEY',
  'SLUICE_TEST_DATABASE_URL',
  'SLUICE_TEST_BROWSER',
] as const

export type Settings = z.infer<typeof Environment> & {
  dataFolder: string
  /** The host's variables, handed to git and sandboxes, which pass on an allowlist. */
  host: Readonly<Record<string, string | undefined>>
}

/** A setting is wrong; the message names each one and what it must be. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/**
 * Reads the settings of this process from a record of variables.
 * @returns the settings, and the unknown `SLUICE_…` names, which are likely misspelt
 * @throws SettingsError
 */
export function readSettings(variables: Readonly<Record<string, string | undefined>>): {
  settings: Settings
  unknown: string[]
} {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = Environment.safeParse(given)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `  ${path.join('.')}: ${message}`,
    )
    throw new SettingsError(`These settings are wrong:\n${problems.join('\n')}`)
  }
  const home = given['HOME'] ?? homedir()
  const dataFolder =
    parsed.data.SLUICE_DATA ??
    join(given['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'sluice')
  const known = new Set<string>([...Object.keys(Environment.shape), ...commandLineVariables])
  const unknown = Object.keys(given).filter(
    (name) => name.startsWith('SLUICE_') && !known.has(name),
  )
  return { settings: { ...parsed.data, dataFolder, host: given }, unknown }
}

/** The settings of this process. The only place that reads `process.env`. */
export function readProcessSettings(): ReturnType<typeof readSettings> {
  return readSettings(process.env)
}
