/** What is wrong with an operator's access to AWS, and what to do about it, in one line. */
export function explainAwsError(
  error: unknown,
  { region, profile }: { readonly region: string; readonly profile?: string },
): string {
  const { name, message, code } = errorOf(error);
  const login = `aws sso login${profile === undefined ? '' : ` --profile ${profile}`}`;
  const whose = profile === undefined ? 'The AWS credentials' : `The AWS credentials of profile "${profile}"`;

  if (/SSO|sso login|refresh this/i.test(message) && /Credentials|Token/.test(name)) {
    return `${whose} are those of an SSO session that has expired or was never begun. Run: ${login}`;
  }
  if (name.includes('CredentialsProvider')) {
    return profile === undefined
      ? 'There are no AWS credentials. Set AWS_PROFILE, or run aws configure or aws configure sso.'
      : `Profile "${profile}" yields no credentials: it has none, or its credential_process fails. See: aws configure list --profile ${profile}`;
  }
  if (/^(?:ExpiredToken|RequestExpired)/.test(name)) {
    return `${whose} have expired (${name}). Get new ones: ${login}, or assume the role again.`;
  }
  if (
    /^(?:RequestTimeTooSkewed|RequestInTheFuture)/.test(name) ||
    /Signature (?:expired|not yet)/.test(message)
  ) {
    return `AWS refuses the signature because of its time (${name}). Set this machine's clock right (NTP).`;
  }
  if (WRONG.test(name)) {
    return `${whose} are wrong (${name}): deleted, mistyped, or of another partition than ${region}. See: aws sts get-caller-identity`;
  }
  if (/^(?:AccessDenied|UnauthorizedOperation|AuthorizationError)/.test(name)) {
    return `${whose} may not do this: ${firstLine(message)}`;
  }
  const network = code ?? (name.startsWith('Timeout') ? name : undefined);
  if (network !== undefined) {
    const hint = network === 'ENOTFOUND' ? `, and whether ${region} is a region` : '';
    return `AWS in ${region} cannot be reached (${network}). Check the network and its proxy${hint}.`;
  }
  return `AWS in ${region} answers ${name}: ${firstLine(message)}`;
}

const WRONG =
  /^(?:InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|IncompleteSignature|AuthFailure|InvalidAccessKeyId|MissingAuthenticationToken|InvalidToken|OptInRequired)/;

/** The system's code of a connection that failed is on the error, or on what caused it. */
function errorOf(error: unknown): { name: string; message: string; code: string | undefined } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined };
  const { name, message, cause } = error;
  const codes = [error, cause].map((item) => (item as NodeJS.ErrnoException | undefined)?.code);
  return { name, message, code: codes.find((code) => typeof code === 'string') };
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}
