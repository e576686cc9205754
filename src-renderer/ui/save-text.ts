/** Offers a text as a file, as the browser saves files. */
export function saveText(fileName: string, mediaType: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${mediaType};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  document.body.append(link)
  link.click()
  link.remove()
  // Given up once the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
