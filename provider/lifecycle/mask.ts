/** Shown in place of a secret. */
const MASK = "[secret]";

/** Every string and number inside a value that is long enough to be told from ordinary text. */
function leaves(value: unknown): string[] {
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [];
}

/**
 * A function that takes the values of secret arguments out of text. The engine hands secrets to a dynamic provider in
 * plain text, so their names come along as `secretArgs`.
 */
export function masker(inputs: Record<string, unknown>): (text: string) => string {
  const names = Array.isArray(inputs.secretArgs) ? inputs.secretArgs.map(String) : [];
  const secrets = names
    .flatMap((name) => leaves(inputs[name]))
    .flatMap((secret) => [secret, ...secret.split("\n"), JSON.stringify(secret).slice(1, -1)])
    .filter((secret) => secret.length > 0)
    .sort((a, b) => b.length - a.length);
  // Pieces: what was masked is not looked at again, since a secret may be a part of the mask itself.
  return (text) =>
    secrets.reduce((pieces, secret) => pieces.flatMap((piece) => piece.split(secret)), [text]).join(MASK);
}
