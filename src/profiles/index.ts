export { customProfile } from './custom-profile.ts'
