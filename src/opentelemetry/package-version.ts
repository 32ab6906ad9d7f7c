/** The version in package.json. A test compares them: bundled code cannot read package.json. @internal */
export const PACKAGE_VERSION = '0.1.0'
