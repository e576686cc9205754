const DOUBLE = new URL('./double.mjs', import.meta.url).href

export function resolve(specifier, context, next) {
  return specifier === 'electron' ? { url: DOUBLE, shortCircuit: true } : next(specifier, context)
}
