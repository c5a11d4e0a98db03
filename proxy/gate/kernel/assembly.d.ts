/** The integer types of AssemblyScript, for what TypeScript reads of its sources. */
type i32 = number
type u32 = number
type usize = number
