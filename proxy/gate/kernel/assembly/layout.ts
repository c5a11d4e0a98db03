/**
 * The memory of one kernel, in bytes. What has a fixed place comes first; everything else lives in pages of 64 KiB.
 *
 *         0  ┌───────────────────────────────┐
 *            │ never used: 0 means "none"    │
 *      1024  ├───────────────────────────────┤
 *            │ tail masks            32      │  16 × 0xff, 16 × 0x00
 *      1152  │ tables of slots      128      │  for each output, 0: none
 *      1280  │ texts of slots       128      │
 *      2048  ├───────────────────────────────┤
 *            │ powers of ten       4280      │  5^-128 … 5^127, 16 each; 10^0 … 10^22, 8 each
 *      8192  ├───────────────────────────────┤
 *            │ hash key            8336      │  random, secret; its last 16 are seeds
 *     20480  ├───────────────────────────────┤
 *            │ scratch            16384      │  bytes that the host hashes
 *     36864  │ tokens              1024      │  labels of the last series that was new, 16 each
 *     38912  │ shape key           8448      │  its names
 *     49152  │ output text         8448      │  what it becomes
 *     65536  ├───────────────────────────────┤
 *            │ window: tail room  16384      │  the line that the last chunk began
 *     81920  │         chunk     262144      │  where bodies are received; zeros and some slack follow
 *    360448  ├───────────────────────────────┤
 *            │ pages                         │  free ones are in a list
 *            └───────────────────────────────┘
 *
 * What pages hold, by series (s), records (r), names (n) and output series (o):
 *
 *   table of series   16 s for entries, 5.3 s … 10.7 s for its index     shared by all scrapes
 *   shapes            256 for each order of label names of a metric           shared
 *   records           16 r (one output), a table of them 22 r            shared
 *   table of slots    16 o for entries, 5.3 o … 10.7 o for its index     shared, for each accumulating output
 *   texts of slots    20 o, and what differs from text to text: 10–50 o    shared, for each accumulating output
 *   seen              1 bit s                                            for each scrape, and one more
 *   names             16 n                                               for each scrape
 *   policy counts     4 for each decision of policies                    for each scrape, with policies
 *   slots             32 o                                               for each scrape and accumulating output
 *   ranges            one page                                           for each scrape and other output
 *   values            8 s, in pages of 4096                              for each scrape that collects
 */

export const TAIL_MASKS: usize = 1024
export const SLOT_TABLES: usize = 1152
export const SLOT_TEXTS: usize = 1280
export const POWERS: usize = 2048
export const POWER_MIN: i32 = -128
export const POWER_MAX: i32 = 127
export const HASH_KEY: usize = 8192
/** The key for the longest series is followed by the seeds of the mixer. */
export const HASH_SEEDS: usize = 16512
export const HASH_KEY_BYTES: i32 = 8336
/** Longer series are not remembered. */
export const SERIES_BYTES_MAX: i32 = 8192
export const SCRATCH: usize = 20480
export const TOKENS: usize = 36864
export const SHAPE_KEY: usize = 38912
export const OUTPUT_TEXT: usize = 49152
export const WINDOW: usize = 65536
export const TAIL_ROOM: usize = 16384
export const CHUNK: usize = WINDOW + TAIL_ROOM
export const CHUNK_BYTES_MAX: i32 = 262144
/** How many zeros have to follow the chunk: no number and no word goes on in what an earlier chunk left there. */
export const CHUNK_END_BYTES: i32 = 4
export const PAGES: usize = 360448
/** Lines of an output are printed over the chunk, when the body has ended. */
export const RENDERED: usize = CHUNK
export const RENDERED_BYTES_MAX: usize = 65536

export const PAGE_BYTES: usize = 65536
export const PAGE_SHIFT: usize = 16

// A scrape: one page. Fields, then its outputs.
export const SCRAPE_AT: usize = 0
export const SCRAPE_PREDICTED: usize = 4
export const SCRAPE_RESUME: usize = 8
/** What came: bits by entry. Of a scrape that collects: directory of pages of values. */
export const SCRAPE_SEEN: usize = 12
export const SCRAPE_NAMES: usize = 16
export const SCRAPE_EPOCH: usize = 20
/** At EXIT_NAME: the name to bind, the kind of its family that is assumed, the outputs that let metadata out. */
export const SCRAPE_NAME: usize = 36
export const SCRAPE_KIND: usize = 40
export const SCRAPE_PASSES: usize = 44
/** At EXIT_SERIES: the shape, or -1; the end of the series. */
export const SCRAPE_SHAPE: usize = 48
export const SCRAPE_SERIES_END: usize = 52
/** Of a scrape that collects: samples of series that nobody wants, and how many pages of values it has. */
export const SCRAPE_UNWANTED: usize = 24
export const SCRAPE_VALUE_PAGES: usize = 60
/** At EXIT_STAMP: the number of the series of the sample that was taken, and its timestamp. */
export const SCRAPE_STAMPED: usize = 64
export const SCRAPE_TIMESTAMP: usize = 72
export const SCRAPE_SAMPLES: usize = 28
export const SCRAPE_REPEATED: usize = 32
/** So many samples are read: the host sees to the others. */
export const SCRAPE_SAMPLES_MAX: usize = 56
/** Directory of the counts of samples by what policies decided; 0 without policies. */
export const SCRAPE_POLICIES: usize = 24
export const SCRAPE_OUTPUTS: usize = 1024
export const OUTPUT_SHIFT: usize = 6
/** In the place of outputs, of a scrape that collects: what its pages of values are cut from. */
export const COLLECT_STORE: usize = 1024
/** A page of values is for 512 series. Its directory is for as many pages as there are words in a page. */
export const VALUE_PAGE_SHIFT: usize = 9
export const VALUE_PAGE_BYTES: usize = 4096
export const COLLECT_SERIES_MAX: u32 = 1 << 23

// An output of a scrape: 64 bytes.
/** 1: values accumulate; 0: lines leave as they came. */
export const OUTPUT_ACCUMULATES: usize = 0
/** Directory of slots, or the page of ranges. */
export const OUTPUT_STORE: usize = 4
/** Slots that were touched, first and last of the list; each is the slot + 1, 0: none. */
export const OUTPUT_FIRST: usize = 8
export const OUTPUT_LAST: usize = 12
export const OUTPUT_RANGES: usize = 16
export const OUTPUT_DROPPED: usize = 20
export const OUTPUT_NAMELESS: usize = 24
export const OUTPUT_RULE_ERRORS: usize = 28
export const OUTPUT_MERGED: usize = 32
/** Samples that a merge skipped. */
export const OUTPUT_NANS: usize = 36

// A range of lines that leave as they came: 12 bytes.
export const RANGE_START: usize = 0
export const RANGE_END: usize = 4
export const RANGE_LINES: usize = 8
export const RANGE_BYTES: usize = 12
export const RANGES_MAX: u32 = 5461

// A slot of a scrape: 32 bytes, 2048 in a page.
/** What the samples come to so far: a sum, or what their function makes of them. */
export const SLOT_VALUE: usize = 0
/** Milliseconds; -1 without a timestamp; HOST_TIMESTAMP. Only for slots of one sample. */
export const SLOT_TIMESTAMP: usize = 8
/** How many samples, in the low 29 bits; the function of the first one in the others. */
export const SLOT_COUNT: usize = 16
export const SLOT_SAMPLES: u32 = 0x1fffffff
export const SLOT_FUNCTION_SHIFT: u32 = 29
/** What the host knows the metric of the first sample by. */
export const SLOT_BINDING: usize = 20
/** The slot touched next + 1. */
export const SLOT_NEXT: usize = 24
/** How many of several samples were NaN. */
export const SLOT_NANS: usize = 28
export const SLOT_SHIFT: usize = 5
/** Slots from here on are of one scrape only: their series could not be remembered, and their texts are the host's. */
export const OWN_SLOTS: u32 = 1 << 24
/** The timestamp of a slot whose timestamp or exemplar the host has. */
export const HOST_TIMESTAMP: f64 = -2

// A slot that samples touched, as it is listed: 12 bytes.
export const TOUCHED_SLOT: usize = 0
export const TOUCHED_BINDING: usize = 4
export const TOUCHED_NAME: usize = 8
export const TOUCHED_BYTES: usize = 12
/** In the place of a name: the slot is of one scrape only. */
export const NO_NAME: u32 = 0xffffffff
/** The samples of the slot cannot merge, so it must not leave. */
export const UNMERGEABLE: u32 = 0xfffffffe

// What a scrape knows about a metric name: 16 bytes, 4096 in a page.
/** `epoch << 5 | kind of family` while the family that the name belongs to is known. */
export const NAME_CHECK: usize = 0
export const NAME_BINDING: usize = 4
/** A bit for each output that has the metadata of the family. */
export const NAME_BEGUN: usize = 8
export const NAME_SHIFT: usize = 4
export const KIND_BITS: u32 = 5
/** Kinds are numbers below. */
export const ANY_KIND: u32 = 31

// A record: what is decided about some series. 16 bytes and more, a power of two.
export const RECORD_NAME: usize = 0
/** The kind of family for which it was decided; above KIND_BITS what policies decided: a number, NO_POLICY or POLICY_ASKS. */
export const RECORD_KIND: usize = 4
/** A bit for each output for which the metadata must have left before. */
export const RECORD_PASSES: usize = 8
export const RECORD_OPERATIONS: usize = 12
/** There are no policies. */
export const NO_POLICY: u32 = 0x7ffffff
/** Policies have to be asked about each sample: the host does that. */
export const POLICY_ASKS: u32 = 0x7fffffe
/** log2 of the bytes of a count. */
export const COUNT_SHIFT: usize = 2

// An operation: what becomes of a sample in one output, in the low three bits; then how it merges, and the slot.
export const DROP: u32 = 0
export const NAMELESS: u32 = 1
export const PASS: u32 = 2
export const PASS_ON_ERROR: u32 = 3
export const ADD: u32 = 4
export const ADD_ON_ERROR: u32 = 5
export const OPERATION_KIND: u32 = 7
export const OPERATION_FUNCTION_SHIFT: u32 = 3
export const OPERATION_FUNCTION: u32 = 7
export const OPERATION_SLOT_SHIFT: u32 = 6

// How samples merge.
export const SUM: u32 = 0
export const MIN: u32 = 1
export const MAX: u32 = 2
export const AVG: u32 = 3
export const COUNT: u32 = 4
export const ONE: u32 = 5
export const DISCARD: u32 = 6

// A label of the last new series: 16 bytes; addresses.
export const TOKEN_NAME: usize = 0
export const TOKEN_VALUE: usize = 4
export const TOKEN_VALUE_END: usize = 8
export const TOKEN_SHIFT: usize = 4
export const LABELS_MAX: u32 = 64

// A shape: what series with the same names have in common. 256 bytes.
/** Number of the metric's name. */
export const SHAPE_NAME: usize = 0
/** 1: what becomes of them depends on names and the kind of family alone, and is said in the plan. */
export const SHAPE_PLANNED: usize = 4
/** The kind of family for which the plan holds. */
export const SHAPE_KIND: usize = 8
/** Which label is the number in a family of that kind: its number + 1, 0: none. */
export const SHAPE_NUMERIC: usize = 9
/** For each output: operation without slot, how many labels stay, and which, in the order of the output: bytes. */
export const SHAPE_PLAN: usize = 16
/** What policies decide about them, as in a record. */
export const SHAPE_POLICY: usize = 12
export const SHAPE_PLAN_BYTES: usize = 240
export const SHAPE_SHIFT: usize = 8

// Why `run` returned.
export const EXIT_MORE: i32 = 0
export const EXIT_LINE: i32 = 1
export const EXIT_NAME: i32 = 2
export const EXIT_FLUSH: i32 = 3
export const EXIT_SERIES: i32 = 4
export const EXIT_STAMP: i32 = 5
