/** The reader's language if there is one, else the first there is. */
export function inLanguage<V>(record: Record<string, V>, language: string): V | undefined {
  return record[language] ?? Object.values(record)[0];
}
