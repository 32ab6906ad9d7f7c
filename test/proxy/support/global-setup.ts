import { installPackages } from '../../support/debian-packages.ts'

/** Installs the proxies that are missing, where that is possible. */
export default function setUp(): void {
  installPackages('test:proxy', ['nginx', 'haproxy'])
}
