/** The part of the WebAssembly JavaScript API that the tests need: it is not among the libraries of TypeScript without a DOM. */
declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer
  }
}
