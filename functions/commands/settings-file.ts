import { z } from "zod";

const SettingsFile = z.object({ Values: z.record(z.string(), z.string()) });

/** The settings in a file as Azure Functions Core Tools keep them (`local.settings.json`). Throws when it is none. */
export function settingsOf(text: string): Record<string, string> {
  const parsed = SettingsFile.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error('The settings file must be like local.settings.sample.json: { "Values": { … } }.');
  return parsed.data.Values;
}
