import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'
import { BASE, ORIGIN, OUTPUT, PACKAGE, PAGES, REPOSITORY, SIDEBAR } from '../place.ts'
import { slug } from '../tree/slug.ts'
import { escapeUnknownTags } from './known-tags.ts'

const { guides, reference } = JSON.parse(readFileSync(SIDEBAR, 'utf8'))

/** `build.ts` writes the pages and the sidebar before VitePress reads this. */
export default defineConfig({
  title: PACKAGE.name,
  description: PACKAGE.description,
  lang: 'en',
  base: BASE,
  srcDir: PAGES,
  outDir: OUTPUT,
  cacheDir: './.cache/vitepress',
  cleanUrls: true,
  // The sidebar is in one file, and not in every page.
  metaChunk: true,
  router: { prefetchLinks: false },
  lastUpdated: false,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${BASE}icon.svg` }]],
  ...(ORIGIN ? { sitemap: { hostname: `${ORIGIN}${BASE}` } } : {}),
  markdown: {
    config: escapeUnknownTags,
    languageAlias: { haproxy: 'nginx' },
    // Links of the repository use the anchors that GitHub makes.
    anchor: { slugify: slug },
    headers: { slugify: slug },
    toc: { slugify: slug },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  // The index of the search is large, and loads when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    siteTitle: PACKAGE.name,
    logo: '/icon.svg',
    nav: [
      { text: 'Guides', link: '/overview', activeMatch: '^/(?!reference/)[a-z]' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/reference/' },
      { text: 'Changelog', link: '/changelog' },
    ],
    sidebar: { ...reference, '/': guides },
    outline: { level: [2, 3] },
    search: { provider: 'local', options: { detailedView: true } },
    socialLinks: [{ icon: 'github', link: REPOSITORY, ariaLabel: 'Repository on GitHub' }],
    editLink: {
      pattern: ({ frontmatter }) => frontmatter.editAddress,
      text: 'Edit this page on GitHub',
    },
    footer: {
      message: `Released under the ${PACKAGE.license} license. Nothing on this site is loaded from another host.`,
      copyright: `${PACKAGE.name} ${PACKAGE.version}`,
    },
  },
})
