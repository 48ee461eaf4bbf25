import fc from 'fast-check';
import type { Fault } from './fault.js';

export type Service = 'provider' | 'store' | 'queue' | 'parameters';

/** One webhook, what OwnID does with it, and the faults that its calls meet, in turn. Times are milliseconds. */
export interface RequestPlan {
  readonly channel: 'email' | 'sms';
  /** Since the run began. */
  readonly at: number;
  /** What is left of the passcode's life when it is first posted. */
  readonly deadlineIn: number;
  /** Further posts of the same bytes, since the first. */
  readonly copies: readonly number[];
  /** How often OwnID posts it again after an answer of 500 or more. */
  readonly retries: number;
  /** One of the few recipients who get many messages; otherwise one of its own. */
  readonly popular: number | undefined;
  readonly provider: readonly Fault[];
  readonly store: readonly Fault[];
  readonly queue: readonly Fault[];
}

/** What befalls a batch of the queue: its worker dies when all is done, or the queue hands it out twice. */
export type BatchFate = 'handled' | 'crashed' | 'twice';

export interface RunPlan {
  readonly requests: readonly RequestPlan[];
  readonly parameterStore: readonly Fault[];
  /** For calls that belong to no request: a receipt's visibility, a total's counter. */
  readonly other: readonly Fault[];
  readonly batches: readonly BatchFate[];
  /** When nothing listens where a service is. */
  readonly outages: readonly { readonly service: Service; readonly at: number; readonly ms: number }[];
}

const milliseconds = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 300 }), weight: 4 },
  { arbitrary: fc.integer({ min: 300, max: 4000 }), weight: 1 },
);
const kind = <K extends string>(name: K) => fc.constant(name);
const forwarded = fc.boolean();

const harm: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: kind('delayRequest'), ms: milliseconds }),
  fc.record({ kind: kind('delayResponse'), ms: milliseconds }),
  fc.record({ kind: kind('reset'), forwarded }),
  fc.record({ kind: kind('silence'), forwarded }),
  fc.record({ kind: kind('garbage'), forwarded }),
  fc.record({ kind: kind('nonsense'), status: fc.constantFrom(200, 204), forwarded }),
  fc.record({ kind: kind('truncate') }),
);
const refusal: fc.Arbitrary<Fault> = fc.record({
  kind: kind('refuse'),
  status: fc.constantFrom(429, 500, 502, 503),
});
const none: fc.Arbitrary<Fault> = fc.record({ kind: kind('none') });

/** How the calls of one request to one service fare: mostly well; or badly for a while, or all the time. */
const script = (well: number, badly: number) =>
  fc.oneof(
    { arbitrary: fc.constant<Fault[]>([]), weight: well },
    { arbitrary: fc.array(refusal, { minLength: 1, maxLength: 4 }), weight: badly },
    { arbitrary: fc.array(fc.oneof(harm, refusal, none), { minLength: 1, maxLength: 4 }), weight: badly },
    { arbitrary: fc.array(fc.oneof(harm, refusal), { minLength: 12, maxLength: 12 }), weight: 1 },
    { arbitrary: fc.array(refusal, { minLength: 30, maxLength: 30 }), weight: 1 },
  );

const request = (windowMs: number): fc.Arbitrary<RequestPlan> =>
  fc.record({
    channel: fc.constantFrom('email', 'sms'),
    // Without the bias towards the ends of the range, where most would arrive together.
    at: fc.noBias(fc.integer({ min: 0, max: windowMs })),
    deadlineIn: fc.oneof(
      { arbitrary: fc.integer({ min: 8_000, max: 20_000 }), weight: 6 },
      { arbitrary: fc.integer({ min: 500, max: 8_000 }), weight: 1 },
    ),
    copies: fc.oneof(
      { arbitrary: fc.constant<number[]>([]), weight: 3 },
      { arbitrary: fc.array(fc.constant(0), { minLength: 1, maxLength: 2 }), weight: 1 },
      { arbitrary: fc.array(fc.integer({ min: 0, max: 8_000 }), { minLength: 1, maxLength: 3 }), weight: 1 },
    ),
    retries: fc.integer({ min: 0, max: 3 }),
    popular: fc.oneof(
      { arbitrary: fc.constant(undefined), weight: 9 },
      { arbitrary: fc.integer({ min: 0, max: 9 }), weight: 1 },
    ),
    provider: script(4, 4),
    store: script(12, 1),
    queue: script(6, 2),
  });

/** A run of `size` requests, `rate` of them a second. */
export function runPlan(size: number, rate: number): fc.Arbitrary<RunPlan> {
  const windowMs = Math.ceil((size / rate) * 1000);
  const seldom = (share: number) =>
    fc.array(
      fc.oneof({ arbitrary: none, weight: share }, { arbitrary: fc.oneof(harm, refusal), weight: 1 }),
      {
        minLength: 300,
        maxLength: 300,
        size: 'max',
      },
    );
  return fc.record({
    requests: fc.array(request(windowMs), { minLength: size, maxLength: size, size: 'max' }),
    parameterStore: seldom(6),
    other: seldom(10),
    batches: fc.array(
      fc.oneof(
        { arbitrary: fc.constant('handled' as const), weight: 20 },
        { arbitrary: fc.constant('crashed' as const), weight: 1 },
        { arbitrary: fc.constant('twice' as const), weight: 1 },
      ),
      { minLength: 300, maxLength: 300, size: 'max' },
    ),
    outages: fc.array(
      fc.record({
        service: fc.constantFrom('provider', 'store', 'queue', 'parameters'),
        at: fc.integer({ min: 0, max: windowMs }),
        ms: fc.integer({ min: 100, max: 3000 }),
      }),
      { maxLength: 4 },
    ),
  });
}
