/** Which addresses may be cloned from. Pure. */

import { GitError } from './errors.ts'
import { withoutPasswords } from './explain.ts'

export type CloneProtocol = 'https' | 'http' | 'ssh' | 'git' | 'file'

/**
 * Checks an address without using it. Allowed: `https`, `ssh` (also `user@host:path`), `git`, `http` to this machine
 * only, and `file` or an absolute path when permitted. Git's helper forms (`ext::…`, `fd::…`) and anything that starts
 * with a dash, host names included (CVE-2017-1000117), are refused.
 * @throws GitError `unsupported_url`, `protocol_not_permitted`
 */
export function requireSafeUrl(
  url: string,
  options: { allowFile?: boolean } = {},
): { protocol: CloneProtocol; url: string } {
  const refuse = (why: string): GitError =>
    new GitError('unsupported_url', `This address cannot be cloned: ${why}`, {
      details: { url: withoutPasswords(url).slice(0, 300) },
    })
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (url === '' || url.length > 2_000 || /[\x00-\x20\x7f]/.test(url))
    throw refuse('it is empty, too long, or holds blanks.')
  if (url.startsWith('-')) throw refuse('it starts with a dash.')
  if (/^[a-z0-9+.-]+::/i.test(url)) throw refuse('git helper addresses are not allowed.')
  if (url.startsWith('/') || /^file:/i.test(url)) {
    if (options.allowFile !== true) {
      throw new GitError(
        'protocol_not_permitted',
        'Cloning from a folder of this machine is not permitted here.',
      )
    }
    if (/^file:/i.test(url) && !/^file:\/\/\//i.test(url))
      throw refuse('a file address must be file:///path.')
    return { protocol: 'file', url }
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined) return { protocol: 'ssh', url: requireScp(url, refuse) }
  if (scheme !== 'https' && scheme !== 'ssh' && scheme !== 'git' && scheme !== 'http')
    throw refuse(`the protocol ${scheme} is not known.`)
  const parsed = URL.parse(url)
  // WHATWG percent-encodes or keeps odd hosts of non-special schemes, so the text itself is looked at as well.
  const host = /^[a-z]+:\/\/(?:[^/@]*@)?(\[[0-9a-f:.]+\]|[^/:]+)/i.exec(url)?.[1] ?? ''
  if (parsed === null || host === '') throw refuse('it has no host.')
  if (host.startsWith('-') || decodeURIComponentSafe(parsed.username).startsWith('-'))
    throw refuse('a name in it starts with a dash.')
  if (scheme === 'http' && !/^(localhost|127\.[\d.]+|\[::1\])$/i.test(host)) {
    throw new GitError(
      'protocol_not_permitted',
      'Cloning over plain http is allowed from this machine only; use https.',
    )
  }
  return { protocol: scheme, url }
}

/** `[user@]host:path`, the short form of ssh. */
function requireScp(url: string, refuse: (why: string) => GitError): string {
  const match = /^(?:([^@:/]+)@)?([^@:/]+|\[[0-9a-f:.]+\]):(.+)$/i.exec(url)
  if (match === null) throw refuse('it is neither a URL nor user@host:path.')
  const [, user = '', host = '', path = ''] = match
  if (user.startsWith('-') || host.startsWith('-') || path.startsWith('-'))
    throw refuse('a name in it starts with a dash.')
  return url
}

function decodeURIComponentSafe(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Not an encoding at all: it means what it says.
    return text
  }
}
