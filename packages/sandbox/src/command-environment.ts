/** Builds a command's environment from an allowlist, so that no secret of the server's own reaches it. */
import { SandboxError } from './sandbox.ts'

/** What the worktree provider passes on from the user's environment: where programs are, language and time zone. */
const passedOn = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'RUSTUP_HOME',
  'PYENV_ROOT',
  'VOLTA_HOME',
  'NVM_DIR',
  'JAVA_HOME',
  'GOROOT',
]

/** The part of the user's environment that commands may see when nothing isolates them. */
export function allowedEnvironment(
  env: Record<string, string | undefined>,
): Record<string, string> {
  const allowed: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (passedOn.includes(name) || name.startsWith('LC_')))
      allowed[name] = value
  }
  return allowed
}

/** Joins layers, later ones winning. @throws SandboxError `invalid_options` for a name or value no system accepts */
export function joinEnvironment(
  ...layers: (Record<string, string> | undefined)[]
): Record<string, string> {
  const joined: Record<string, string> = {}
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer ?? {})) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        throw new SandboxError(
          'invalid_options',
          `not the name of a variable: ${JSON.stringify(name.slice(0, 80))}`,
        )
      if (value.includes('\0'))
        throw new SandboxError('invalid_options', `the variable ${name} holds a NUL byte`)
      joined[name] = value
    }
  }
  return joined
}
