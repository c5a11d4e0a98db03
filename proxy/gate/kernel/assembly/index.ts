export { collect, endCollection, enterSeries, metricOf, put } from './collect'
export { number, parseNumber } from './number'
export { heldBytes } from './pages'
export { passLines } from './pass-lines'
export { printNumber } from './print'
export { forgetFreeRecords, freeRecord, recordAt, recordFor, recordNumbers } from './records'
export { listTouched, renderedEnd, renderSamples } from './render'
export { run, setRoom, setUp } from './run'
export { add, beginScrape, bindName, endScrape, forgetFamilies, openOutput, see, slotAt, slotSamples, slotValue, takePolicyCount } from './scrape'
export { slotFor } from './slots'
export {
  compactTable,
  countBits,
  createBits,
  createTable,
  entryValue,
  find,
  freeBits,
  insert,
  setBit,
  setEntryValue,
  tableCount,
  uniteBits,
} from './table'
export { addShape, setUpShapes, shapeAt } from './tokens'
export {
  copyText,
  createTexts,
  freeNumber,
  freeTexts,
  numbersTaken,
  readText,
  setText,
  takeNumber,
  textBytes,
  textName,
  textPlace,
} from './texts'
