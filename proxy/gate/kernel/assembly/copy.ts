/** Copies some bytes, and up to 15 more that do not matter; where the copy ends. */
// @ts-ignore: decorator
@inline
export function copy(to: usize, from: usize, bytes: usize): usize {
  for (let done: usize = 0; done < bytes; done += 16) v128.store(to + done, v128.load(from + done))
  return to + bytes
}
