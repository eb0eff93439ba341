/** The environment in which every git process runs: nothing that steers git leaks in from outside. */

import { homedir, tmpdir } from 'node:os'

/** Variables of the host that git, ssh and https may see. Everything else, all `GIT_*` above all, is left out. */
const PASSED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'XDG_RUNTIME_DIR',
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
] as const

let host: Readonly<Record<string, string | undefined>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin',
  HOME: homedir(),
  TMPDIR: tmpdir(),
}

/**
 * Hands over the host's environment once, at start (the server's `env.ts` is the only reader of `process.env`).
 * Without it git is looked for in the usual folders and no proxy or ssh agent is known.
 */
export function useHostEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): void {
  host = {
    ...host,
    ...Object.fromEntries(
      PASSED.flatMap((key) => (environment[key] ? [[key, environment[key]]] : [])),
    ),
  }
}

/** Whose configuration a command obeys: ours alone, or the user's as well (for work in the user's repository). */
export type Trust = 'own' | 'user'

/** Configuration that every command gets on its command line, above every file. */
export const SAFE_CONFIG: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.pager': 'cat',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'submodule.recurse': 'false',
  'advice.detachedHead': 'false',
  'protocol.ext.allow': 'never',
}

/** The variables for one git process. */
export function gitEnvironment(
  trust: Trust,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const key of PASSED) {
    const value = host[key]
    if (value !== undefined) environment[key] = value
  }
  return {
    ...environment,
    // English and bytewise, so that the few messages that are read stay readable.
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    SSH_ASKPASS: 'true',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ADVICE: '0',
    GIT_PAGER: 'cat',
    GIT_EDITOR: 'false',
    GIT_SEQUENCE_EDITOR: 'false',
    GIT_FLUSH: '1',
    ...(trust === 'own'
      ? {
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_ATTR_NOSYSTEM: '1',
          GIT_LITERAL_PATHSPECS: '1',
        }
      : { GIT_LITERAL_PATHSPECS: '1' }),
    ...extra,
  }
}
