// node --import: from here on `electron` is the double. See double.mjs.
import { register } from 'node:module'

register('./resolve.mjs', import.meta.url)
