/** True for an error of the storage service with one of these HTTP statuses. Looks at the status, not the class. */
export function hasStatus(error: unknown, ...statuses: number[]): boolean {
  if (error === null || typeof error !== "object" || !("statusCode" in error)) return false;
  return typeof error.statusCode === "number" && statuses.includes(error.statusCode);
}
