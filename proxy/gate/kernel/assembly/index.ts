export { collect, endCollection, enterSeries, metricOf, put } from './collect'
export { number, parseNumber } from './number'
export { heldBytes } from './pages'
export { recordAt, run, setRoom, setUp } from './run'
export { add, beginScrape, bindName, endScrape, forgetFamilies, openOutput, see, slotAt, slotSamples, slotValue } from './scrape'
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
