/** An action a person may take now, or why not: the portal never guesses (product.md §5.2). */
export interface AllowedAction {
  action: string;
  allowed: boolean;
  reason?: string;
}
