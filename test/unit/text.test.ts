import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { remembered, sharedText } from '../../src-main/domain/text.ts'

describe('a reader that remembers', () => {
  it('reads a text once, and an undefined answer too', () => {
    const read: string[] = []
    const length = remembered((text) => {
      read.push(text)
      return text === 'none' ? undefined : text.length
    })
    expect(['save', 'none', 'save', 'none', 'save'].map(length)).toEqual([4, undefined, 4, undefined, 4])
    expect(read).toEqual(['save', 'none'])
  })

  it('answers for every text what the plain reader answers, however many come', () => {
    const length = remembered((text) => text.length)
    for (let round = 0; round < 3; round++)
      for (let i = 0; i < 1000; i++) expect(length('x'.repeat(i % 500))).toBe(i % 500)
  })

  it('keeps no long text', () => {
    let readTotal = 0
    const read = remembered(() => ++readTotal)
    const long = 'x'.repeat(10_000)
    read(long)
    read(long)
    expect(readTotal).toBe(2)
  })
})

describe('a text that is shared', () => {
  it('is the same text, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (text) => {
        expect(sharedText(` ${text}`.slice(1))).toBe(text)
        expect(sharedText(text)).toBe(text)
      }),
    )
  })

  it('is the same text when more were shared than are kept', () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => String(i).padStart(40, '0'))
    expect(texts.map(sharedText)).toEqual(texts)
    expect(texts.map(sharedText)).toEqual(texts)
  })
})
