import { expect, test } from 'vitest'
import { requireSafeUrl } from './clone-url.ts'

test.each([
  ['https://github.com/a/b.git', 'https'],
  ['https://user:pass@host:8443/a', 'https'],
  ['ssh://git@host:22/a/b', 'ssh'],
  ['git@github.com:a/b.git', 'ssh'],
  ['host:path', 'ssh'],
  ['git://host/a', 'git'],
  ['http://127.0.0.1:3000/a.git', 'http'],
  ['http://localhost/a', 'http'],
])('%s is allowed', (url, protocol) => {
  expect(requireSafeUrl(url)).toEqual({ url, protocol })
})

test.each([
  'ext::sh -c evil',
  'ext::sh',
  'fd::17',
  'EXT::sh',
  '-u',
  '--upload-pack=evil',
  'ssh://-oProxyCommand=evil/x',
  'ssh://-oProxyCommand=evil@host/x',
  'ssh://%2doProxyCommand=x@host/x',
  '-oProxyCommand=x:path',
  'host:-x',
  'https://',
  'https:///a',
  'ftp://host/a',
  'javascript:alert(1)//x y',
  'https://host/a b',
  'https://host/a\nb',
  '',
  `https://host/${'a'.repeat(3000)}`,
  'just-a-name',
  './relative',
  '../up',
  '~user/x',
  'file://host/share',
])('%j is refused', (url) => {
  expect(() => requireSafeUrl(url, { allowFile: true })).toThrow(
    expect.objectContaining({ code: 'unsupported_url' }),
  )
})

test('folders and plain http need permission', () => {
  for (const url of ['/srv/repo', 'file:///srv/repo']) {
    expect(() => requireSafeUrl(url)).toThrow(
      expect.objectContaining({ code: 'protocol_not_permitted' }),
    )
    expect(requireSafeUrl(url, { allowFile: true }).protocol).toBe('file')
  }
  expect(() => requireSafeUrl('http://example.org/a')).toThrow(
    expect.objectContaining({ code: 'protocol_not_permitted' }),
  )
})

test('a refusal does not repeat a password', () => {
  expect(() => requireSafeUrl('ftp://user:secret@host/a')).toThrow(
    expect.objectContaining({ details: { url: 'ftp://host/a' } }),
  )
})
