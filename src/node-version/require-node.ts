// Throws on a Node that is too old. Import this file before undici: on an old Node undici fails with
// an error that names no version. package.json lists this file under `sideEffects`, because bundlers
// must keep it although it exports nothing.
import { unsupportedNode } from './unsupported-node.ts'

const fault = unsupportedNode()
if (fault !== undefined) throw new Error(fault)
