/** First line of every file that we write; all of their formats take it for a comment. */
export const header = "# Kept by pulumi-kvmnet; changes by hand are overwritten.";
