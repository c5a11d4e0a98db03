/** What an entry costs beside its text, which mostly takes a byte a character: objects and a place in the map. */
const ENTRY_BYTES = 300

interface Entry<Value> {
  readonly value: Value
  readonly bytes: number
  /** The generation that asked for it last. */
  usedIn: number
}

/**
 * Remembers values by key within a bound. A scrape is a generation: when there is no room, what neither this nor the
 * last generation asked for is forgotten; if that is not enough, new values are not remembered.
 */
export class BoundedMemo<Value> {
  readonly #bytesMax: number
  readonly #entries = new Map<string, Entry<Value>>()
  #bytes = 0
  #generation = 0
  #sweptIn = 0

  /** Room for about `bytesMax` bytes; 0 remembers nothing. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Begins a generation. */
  age(): void {
    this.#generation++
  }

  /** The value remembered for this key, if there is one. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    entry.usedIn = this.#generation
    return entry.value
  }

  /** Remembers a value whose texts have so many characters, those of the key included, if there is room. */
  set(key: string, value: Value, characters: number): void {
    const bytes = ENTRY_BYTES + characters
    if (this.#bytes + bytes > this.#bytesMax) this.#sweep()
    if (this.#bytes + bytes > this.#bytesMax) return
    this.#forget(key)
    this.#entries.set(key, { value, bytes, usedIn: this.#generation })
    this.#bytes += bytes
  }

  #sweep(): void {
    if (this.#sweptIn === this.#generation) return
    this.#sweptIn = this.#generation
    for (const [key, { usedIn }] of this.#entries) if (usedIn < this.#generation - 1) this.#forget(key)
  }

  #forget(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }
}
