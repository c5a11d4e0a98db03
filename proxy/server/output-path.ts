/** Where an output is served: the label that tells outputs apart, as no subset can be named like the main one. */
export function outputPath(name: string): string {
  return name === '' ? '/metrics' : `/metrics/${name}`
}
