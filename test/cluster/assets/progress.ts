/** Follows what `go build -v` prints, to tell in one line how far it is. */
export class BuildProgress {
  #downloads = 0
  #packages = 0
  #last = ''
  readonly #total: number

  /** @param total how many packages the program consists of; those that Go has in its own cache are not printed */
  constructor(total: number) {
    this.#total = total
  }

  /** Takes one line of Go's standard error: `go: downloading <module> <version>`, or the path of a package. */
  line(text: string): void {
    if (text.startsWith('go: downloading ')) {
      this.#downloads += 1
      this.#last = text.slice('go: '.length)
    } else if (/^[\w.~/-]+$/.test(text)) {
      this.#packages += 1
      this.#last = text
    }
  }

  /** `812 of at most 2735 packages compiled, 1 min 20 s, now at k8s.io/api/core/v1` */
  summary(elapsedMs: number): string {
    const seconds = Math.floor(elapsedMs / 1000)
    const elapsed = seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    const done =
      this.#total === 0
        ? `${this.#downloads} modules downloaded`
        : `${this.#packages} of at most ${this.#total} packages compiled`
    return `${done}, ${elapsed}, now at ${this.#last || 'the start'}`
  }
}
