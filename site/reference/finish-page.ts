import { DeclarationReflection, type PageEvent, type Reflection, ReflectionKind } from 'typedoc'
import { PACKAGE } from '../place.ts'
import { frontMatter } from '../tree/front-matter.ts'
import { plainText, shortened } from '../tree/plain-text.ts'
import { SUBPATHS } from './subpaths.ts'

/** Adds what TypeDoc's Markdown does not have: front matter, the import, and defaults in one line. */
export function finishPage(page: PageEvent): void {
  const { model } = page
  const body = (page.contents ?? '').replace(/^#+ Default Value\n\n/gm, '**Default:** ')
  if (!(model instanceof DeclarationReflection)) {
    const description = `Every public name of ${PACKAGE.name}, with its doc comment.`
    page.contents = withHead({ title: 'API reference', description }, body)
    return
  }
  const description = describe(model)
  if (model.kind === ReflectionKind.Module) {
    const title = importedName(model)
    page.contents = withHead(
      { title: `Reference of ${title}`, description },
      body.replace(/^# .*$/m, `# ${title}`),
    )
    return
  }
  const subpath = importedName(model.parent)
  const isType = model.kindOf([ReflectionKind.Interface, ReflectionKind.TypeAlias])
  const statement = `import ${isType ? 'type ' : ''}{ ${model.name} } from '${subpath}'`
  page.contents = withHead(
    { title: `${model.name}, ${subpath}`, description, titleTemplate: false },
    body.replace(/^(# .*\n)/m, `$1\n\`\`\`ts\n${statement}\n\`\`\`\n`),
  )
}

/** The name that programs import, of the module of a folder. */
export function importedName(module: Reflection | undefined): string {
  return SUBPATHS.find(({ folder }) => folder === module?.name)?.name ?? ''
}

/** The first paragraph of its comment, as plain text. */
export function describe(model: DeclarationReflection): string {
  const comment = model.comment ?? model.signatures?.[0]?.comment
  const text = comment?.summary.map((part) => part.text).join('') ?? ''
  return shortened(plainText(text.split(/\n\s*\n/)[0] ?? ''))
}

function withHead(head: Readonly<Record<string, unknown>>, body: string): string {
  return frontMatter({ ...head, editLink: false, pageClass: 'reference' }) + body
}
