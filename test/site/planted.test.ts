import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { serveFolder } from '../../site/serve-folder.ts'
import { startChromium } from '../support/chromium.ts'
import { undoAfterAll } from '../support/undo.ts'
import { brokenLinks, malformedLinks } from './support/links.ts'
import { openProfile, visitEach } from './support/visit.ts'

const stop = undoAfterAll()

it('the checks find every fault of a page that has all of them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'site-'))
  stop.push(() => rmSync(folder, { recursive: true }))
  writeFileSync(
    join(folder, 'faulty.html'),
    `<!doctype html><body style="background: #fff"><h1 id="a">One</h1><h1>Two</h1>
    <a href="faulty#a">good</a> <a href="faulty#b">no such anchor</a> <a href="gone">no such page</a>
    <a href="http://intranet/">no address of the web</a>
    <img src="gone.png" alt=""> <img src="https://pictures.example/a.png" alt="">
    <p style="width: 500px; color: #999">wide and faint</p>
    <button style="outline: none; transition: color 1s">no focus</button>
    <script>console.error('an error')</script>`,
  )
  const { origin, close } = await serveFolder(folder, { base: '/' })
  stop.push(close)
  const browser = await startChromium()
  stop.push(() => browser.close())
  const context = await openProfile(browser, {
    viewport: { width: 360, height: 740 },
    reducedMotion: 'reduce',
  })
  const url = `${origin}/faulty`
  const [found] = await visitEach(context, [url])
  if (found === undefined) throw new Error('The page was not visited.')

  const exists = async (address: string) => (await fetch(address)).ok
  expect(await brokenLinks([found], exists)).toEqual([
    '/faulty links to /faulty#b',
    '/faulty links to /gone',
  ])
  expect(malformedLinks([found])).toEqual(['/faulty links to http://intranet/'])
  expect(found.headings).toBe(2)
  expect(found.title).toBe('')
  expect(found.description).toBe('')
  expect(found.overflow).toBeGreaterThan(100)
  expect(found.wide).toContain('p')
  expect(found.brokenPictures).toContain(`${origin}/gone.png`)
  expect(found.foreign).toEqual(['https://pictures.example/a.png'])
  expect(found.failed).toEqual(
    expect.arrayContaining([`404 ${origin}/gone.png`, 'https://pictures.example/a.png']),
  )
  expect(found.errors).toContain('an error')

  const page = await context.newPage()
  await page.goto(url)
  expect(await page.evaluate('inspect.faintTexts()')).toEqual([
    { text: 'wide and faint', element: 'p', contrast: 2.85 },
  ])
  expect(await page.evaluate('inspect.movingElements()')).toEqual(['button'])
  await page.locator('button').focus()
  expect(await page.evaluate('inspect.focusIsVisible()')).toEqual({
    element: 'button',
    visible: false,
  })
})
