/** Branch names made from people's words. */

/** Git's limit is the file system's; this leaves room for the prefix and a counter. */
const MAX_SLUG = 48

/**
 * A safe branch name from a title: ASCII slug with a prefix, made unique against existing branch names by a counter.
 * A name is also taken when it is a folder of an existing one or the other way round (git cannot hold both).
 */
export function branchNameFor(
  title: string,
  options: { prefix?: string; existing?: Iterable<string> } = {},
): string {
  const slug =
    title
      .normalize('NFKD')
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, MAX_SLUG + 1)
      .replace(/^-+/, '')
      .slice(0, MAX_SLUG)
      .replace(/-+$/, '') || 'task'
  // Compared without case: macOS and Windows file systems cannot hold two names that differ by case only.
  const existing = [...(options.existing ?? [])].map((name) => name.toLowerCase())
  const isTaken = (name: string): boolean => {
    const lower = name.toLowerCase()
    return existing.some(
      (other) => other === lower || other.startsWith(`${lower}/`) || lower.startsWith(`${other}/`),
    )
  }
  const wanted = options.prefix ?? 'sluice/'
  // A branch that is called like the prefix's folder leaves no room below it.
  const isBlocked = existing.some((other) => wanted.toLowerCase().startsWith(`${other}/`))
  const prefix = isBlocked ? wanted.replaceAll('/', '-') : wanted
  // A `.lock` end cannot come out of the slug (dots become dashes), so the result is always a valid ref.
  let name = `${prefix}${slug}`
  for (let counter = 2; isTaken(name); counter += 1) name = `${prefix}${slug}-${counter}`
  return name
}
