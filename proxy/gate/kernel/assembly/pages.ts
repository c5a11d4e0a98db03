import { PAGE_BYTES, PAGE_SHIFT, PAGES } from './layout'

/** How many pages memory grows by at a time. */
const GROWTH: i32 = 8

/** A list through the first word of each free page. */
let free: usize = 0
/** The first page that was never used. */
let fresh: usize = PAGES
let held: i32 = 0

/** A page of zeros. */
export function allocatePage(): usize {
  held++
  if (free != 0) {
    const page = free
    free = load<u32>(page)
    memory.fill(page, 0, PAGE_BYTES)
    return page
  }
  if (fresh + PAGE_BYTES > (<usize>memory.size()) << 16) if (memory.grow(GROWTH) < 0) unreachable()
  const page = fresh
  fresh += PAGE_BYTES
  return page
}

export function freePage(page: usize): void {
  held--
  store<u32>(page, <u32>free)
  free = page
}

/** Bytes in pages that are in use. */
export function heldBytes(): f64 {
  return <f64>held * <f64>PAGE_BYTES
}

/**
 * The address of an item of a paged array: `directory` lists its pages, of `1 << (16 - shift)` items each. Pages
 * come when they are first asked for, so that growing moves nothing and needs no second copy.
 */
// @ts-ignore: decorator
@inline
export function item(directory: usize, index: u32, shift: usize): usize {
  const perPage = PAGE_SHIFT - shift
  const at = directory + ((<usize>index >> perPage) << 2)
  let page: usize = load<u32>(at)
  if (page == 0) {
    page = allocatePage()
    store<u32>(at, <u32>page)
  }
  return page + ((<usize>index & ((1 << perPage) - 1)) << shift)
}

/** Frees the pages that a directory of so many lists. */
export function freeItems(directory: usize, pagesMax: u32): void {
  for (let i: u32 = 0; i < pagesMax; i++) {
    const at = directory + (<usize>i << 2)
    const page: usize = load<u32>(at)
    if (page == 0) continue
    freePage(page)
    store<u32>(at, 0)
  }
}
