import {
  Application,
  type DeclarationReflection,
  PageEvent,
  ReferenceReflection,
  ReflectionKind,
} from 'typedoc'
import { PACKAGE, PAGES, ROOT } from '../place.ts'
import { plainText } from '../tree/plain-text.ts'
import { nameModules, tidyComments } from './comments.ts'
import { finishPage } from './finish-page.ts'
import { SUBPATHS } from './subpaths.ts'

/** A subpath with the names that its pages describe. */
export interface ReferenceGroup {
  readonly subpath: string
  readonly path: string
  readonly description: string
  readonly names: readonly { readonly name: string; readonly path: string }[]
}

/**
 * Writes the API reference from the doc comments: a page for each subpath of the package and for each of its names.
 * Every warning of TypeDoc is an error: a name without text, a link that leads nowhere, a type that users see but
 * cannot import.
 */
export async function writeReference(): Promise<readonly ReferenceGroup[]> {
  const app = await Application.bootstrapWithPlugins({
    name: PACKAGE.name,
    entryPoints: SUBPATHS.map(({ source }) => `${ROOT}${source}`),
    tsconfig: `${ROOT}tsconfig.build.json`,
    basePath: ROOT,
    out: `${PAGES}reference`,
    plugin: ['typedoc-plugin-markdown'],
    router: 'structure',
    readme: 'none',
    excludeInternal: true,
    excludeExternals: true,
    disableSources: true,
    // `npm test` compiles the sources, with the project's own compiler.
    skipErrorChecking: true,
    sort: ['source-order'],
    // Warnings
    validation: { notExported: true, invalidLink: true, notDocumented: true },
    treatWarningsAsErrors: true,
    treatValidationWarningsAsErrors: true,
    requiredToBeDocumented: ['Module', 'Function', 'Class', 'Interface', 'TypeAlias', 'Variable'],
    // Markdown
    entryFileName: 'index',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    hideGroupHeadings: false,
    indexFormat: 'table',
    parametersFormat: 'table',
    pageTitleTemplates: {
      index: 'API reference',
      module: ({ name }: { name: string }) => name,
      member: ({ name }: { name: string }) => name,
    },
  } as never)
  const project = await app.convert()
  if (project === undefined)
    throw new Error('TypeDoc could not read the sources. Its messages are above.')
  nameModules(project)
  tidyComments(project)
  app.validate(project)
  const addresses = new Map<unknown, string>()
  app.renderer.on(PageEvent.END, (page: PageEvent) => {
    addresses.set(page.model, `reference/${page.url.replace(/\.md$/, '')}`)
    finishPage(page)
  })
  await app.generateOutputs(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error(
      `The reference has ${app.logger.errorCount + app.logger.warningCount} faults. They are above.`,
    )
  }
  /** A name that another subpath has too is described there. */
  const pathOf = (model: DeclarationReflection): string => {
    const target = model instanceof ReferenceReflection ? model.getTargetReflectionDeep() : model
    const path = addresses.get(target)
    if (path === undefined) throw new Error(`${model.getFullName()} has no page.`)
    return path
  }
  const modules = project.getChildrenByKind(ReflectionKind.Module)
  return SUBPATHS.map(({ name, folder, purpose }) => {
    const module = modules.find((each) => each.name === folder)
    if (module === undefined) throw new Error(`TypeDoc has no module for ${name}.`)
    const names = (module.children ?? []).map((each) => ({ name: each.name, path: pathOf(each) }))
    return { subpath: name, path: pathOf(module), description: plainText(purpose), names }
  })
}
