import type { DefaultTheme } from 'vitepress'
import type { ReferenceGroup } from './reference/write-reference.ts'
import type { Page } from './tree/page.ts'

/** The sidebar beside the guides: a part for each section, in the order of the pages. */
export function guidesSidebar(pages: readonly Page[]): DefaultTheme.SidebarItem[] {
  const sections = new Map<string, DefaultTheme.SidebarItem[]>()
  for (const { section, label, path } of pages) {
    const items = sections.get(section) ?? []
    sections.set(section, [...items, { text: label, link: `/${path}` }])
  }
  return Array.from(sections, ([text, items]) => ({ text, items }))
}

/**
 * The sidebars beside the reference: all subpaths, and the names of the one that the reader is in. All names on every
 * page would make the site ten times as large.
 */
export function referenceSidebars(
  groups: readonly ReferenceGroup[],
): Record<string, DefaultTheme.SidebarItem[]> {
  const sidebar = (current?: ReferenceGroup): DefaultTheme.SidebarItem[] => [
    {
      text: 'API reference',
      link: '/reference/',
      items: groups.map((group) => ({
        text: group.subpath.replace(/^mcp-resource-server(?=\/)/, ''),
        link: `/${group.path}`,
        ...(group === current ? { items: namesOf(group) } : {}),
      })),
    },
  ]
  const beside = groups.map((group) => [`/${group.path}`, sidebar(group)])
  return { '/reference/': sidebar(), ...Object.fromEntries(beside) }
}

function namesOf({ names }: ReferenceGroup): DefaultTheme.SidebarItem[] {
  return names.map(({ name, path }) => ({ text: name, link: `/${path}` }))
}
