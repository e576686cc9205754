import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'

/** A number that was measured, until a person types another. */
export function useAmount(
  measured: () => number | null,
  parse: (text: string) => number | null,
  initial = '',
): {
  readonly text: ShallowRef<string>
  /** Null: not measured, or what was typed is none. */
  readonly value: ComputedRef<number | null>
  readonly isWrong: ComputedRef<boolean>
} {
  const text = shallowRef(initial)
  const isTyped = computed(() => text.value.trim() !== '')
  const value = computed(() => (isTyped.value ? parse(text.value) : measured()))
  return { text, value, isWrong: computed(() => isTyped.value && value.value === null) }
}
