/** What the user wrote is no reference to the proxy's environment. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${')
}
