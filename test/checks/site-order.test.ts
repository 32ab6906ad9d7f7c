import { expect, it } from 'vitest'
import { ORDER } from '../../site/order.ts'
import { findSources } from '../../site/tree/read-pages.ts'

it('the sidebar of the site has each page of the tree once, and nothing else', () => {
  const listed = ORDER.flatMap(({ pages }) => Object.keys(pages))
  expect(listed.toSorted(), 'Mend the list in site/order.ts.').toEqual(findSources())
})
