/**
 * The region and the profile as AWS's own tools find them: from `options` (`--region`, `--aws-profile`), from
 * `AWS_REGION`, `AWS_DEFAULT_REGION`, `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, and from the files in `~/.aws`.
 */
export function findRegion(
  options: { readonly region?: string | undefined; readonly profile?: string | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{
  readonly region?: string;
  /** Whose credentials are used; missing where keys in the environment, or the default profile, are. */
  readonly profile?: string;
  /** Neither of AWS's files has the profile. */
  readonly isUnknownProfile: boolean;
}>;

/** What to do where there is none. */
export const NO_REGION: string;
