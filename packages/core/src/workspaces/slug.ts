/** A workspace's name as part of an address: lower case, digits and dashes; never empty. */
export function toSlug(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
  // An id (`wks_…`) and a slug stand in the same place of a header, so a slug never looks like one.
  return slug === '' ? 'workspace' : slug
}
