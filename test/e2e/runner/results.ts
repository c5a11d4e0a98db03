import * as z from 'zod'

const stepSchema = z.object({
  ancestorTitles: z.array(z.string()),
  title: z.string(),
  status: z.string(),
  /** Milliseconds; null for what did not run. */
  duration: z.number().nullish(),
  failureMessages: z.array(z.string()),
})

/** What is read of the results that Jest writes with --json. */
export const resultsSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      /** Why a file could not be run at all, when it has no results. */
      message: z.string(),
      assertionResults: z.array(stepSchema),
    }),
  ),
})

/** The results of a run of Jest. */
export type RunResults = z.infer<typeof resultsSchema>

/** One step of a story, or one test. */
export type StepResult = z.infer<typeof stepSchema>
