import { Comment, type ProjectReflection, ReflectionKind } from 'typedoc'
import { SUBPATHS } from './subpaths.ts'

/** Names each module after its folder on the site, and says what it is for. */
export function nameModules(project: ProjectReflection): void {
  const modules = project.getChildrenByKind(ReflectionKind.Module)
  for (const { source, folder, purpose } of SUBPATHS) {
    const module = modules.find(({ name: found }) =>
      [`${found}.ts`, `${found}/index.ts`].includes(source),
    )
    if (module === undefined) throw new Error(`TypeDoc has no module for ${source}.`)
    module.name = folder
    module.comment = new Comment([{ kind: 'text', text: purpose }])
  }
}

/** Changes comments that TypeDoc's Markdown would not show as they are meant. */
export function tidyComments(project: ProjectReflection): void {
  for (const { comment } of Object.values(project.reflections)) {
    if (comment !== undefined) tidy(comment)
  }
}

function tidy(comment: Comment): void {
  for (const tag of comment.blockTags) {
    // `@throws {TypeError} …`: the type stands beside the text, and would be lost.
    if (tag.tag === '@throws' && tag.typeAnnotation !== undefined) {
      const type = tag.typeAnnotation.replace(/^\{|\}$/g, '')
      tag.content.unshift({ kind: 'code', text: `\`${type}\`` }, { kind: 'text', text: ': ' })
      delete tag.typeAnnotation
    }
    // `@defaultValue none`: words, which TypeDoc takes for TypeScript.
    if (tag.tag === '@defaultValue') {
      for (const part of tag.content) {
        const words = /^```ts\n([\s\S]*)\n```$/.exec(part.text)?.[1]
        if (words === undefined) continue
        part.kind = 'text'
        part.text = words
      }
    }
  }
}
