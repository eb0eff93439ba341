/** Draws a blob: the address is made when the picture enters the page and given back when it leaves. */
export function showBlob(blob: Blob): (image: HTMLImageElement | null) => (() => void) | undefined {
  return (image) => {
    if (image === null) return undefined
    const url = URL.createObjectURL(blob)
    image.src = url
    return () => URL.revokeObjectURL(url)
  }
}
