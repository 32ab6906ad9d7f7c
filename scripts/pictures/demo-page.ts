/** `npm run pictures:demo`: takes docs/pictures/demo-page-*.png, of the demo page after some steps. */
import { startDemoPage } from '../../examples/demo/page/start-demo-page.ts'
import { takePictures } from './take-pictures.ts'

/** The buttons, and what the page says after each. */
const STEPS = [
  ['Reset', 'as at the beginning'],
  ['Sign in', 'Signed in'],
  ['Step up', 'returned cleared'],
  ['Wrong audience', 'Refused'],
  ['Call a tool', 'returned 5'],
] as const

await takePictures({
  windows: { wide: { width: 1200, height: 820 }, narrow: { width: 390, height: 1900 } },
  async draw(page, { save }) {
    // A new demo for each picture: the gate remembers what clients had before.
    const demo = await startDemoPage()
    await page.goto(demo.url)
    for (const [button, said] of STEPS) {
      await page.getByRole('button', { name: button, exact: true }).click()
      await page.getByRole('status').filter({ hasText: said }).waitFor()
    }
    await page.mouse.move(0, 0)
    await save('demo-page')
    await demo.close()
  },
})
