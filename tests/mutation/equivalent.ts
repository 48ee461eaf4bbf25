/** A change of a line that no test can notice. Lines are without their indentation. */
interface Equivalent {
  readonly file: string;
  readonly line: string;
  readonly changed: string;
  readonly reason: string;
}

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: 'lib/delivery/route.ts',
    line: 'if (index < route.length && !provider.breaker.allows()) {',
    changed: 'if (index <= route.length && !provider.breaker.allows()) {',
    reason:
      'The first provider in its second turn is passed over once more, or its probe is spent on the message that it is then handed: it is tried all the same, last, with all the time that is left.',
  },
];
