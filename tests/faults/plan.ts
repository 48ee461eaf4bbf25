import { createSecretKey } from 'node:crypto';
import { type OwnIdRequest, ownIdRequest } from '../../tools/ownid/ownid.js';
import type { Chance } from '../simulation/random.js';
import { EMAIL_PROVIDERS, type Service, SMS_PROVIDERS } from './record.js';
import { markOf, SECRET, TTL_MS } from './world.js';

/** With that much time left when everything is well again, a message is delivered: even after a batch that crashed just then. */
export const ENOUGH_MS = 15_000;
const secret = createSecretKey(Buffer.from(SECRET, 'base64'));

export interface Route {
  readonly channel: 'email' | 'sms';
  readonly app: string;
  readonly route: readonly Service[];
}

/** One app for each provider, which begins its route of one to three. */
export function createRoutes(chance: Chance): [Route, ...Route[]] {
  const routesOf = (channel: Route['channel'], providers: readonly Service[]): Route[] =>
    providers.map((first, index) => {
      const route = new Set([first]);
      for (let length = chance.between(1, 3); route.size < length;) {
        route.add(providers[chance.between(0, providers.length - 1)] ?? first);
      }
      return { channel, app: `${channel}${index}`, route: [...route] };
    });
  return [...routesOf('email', EMAIL_PROVIDERS), ...routesOf('sms', SMS_PROVIDERS)] as [Route];
}

/** One webhook. Times are milliseconds since the Unix epoch. */
export interface Plan extends Route {
  readonly number: number;
  readonly postedAt: number;
  readonly deadline: number;
  /** When copies are posted, in milliseconds after the first. */
  readonly copies: readonly number[];
  readonly retries: number;
  readonly isPopular: boolean;
  readonly request: OwnIdRequest;
}

export function createPlan(
  chance: Chance,
  number: number,
  { routes, clearsAt, stormMs }: { routes: [Route, ...Route[]]; clearsAt: number; stormMs: number },
): Plan {
  const route = chance.of(routes);
  const isCalm = chance.happens(0.1);
  const postedAt = clearsAt + (isCalm ? chance.between(1000, 4000) : -chance.between(0, stormMs));
  const isShort = !isCalm && chance.happens(0.15);
  const deadline = isShort
    ? postedAt + chance.between(500, 8000)
    : clearsAt + ENOUGH_MS + chance.between(0, 4000);
  const spread = chance.of([0, 0, 8000]);
  const copies = Array.from({ length: chance.of([0, 0, 0, 0, 1, 2]) }, () => chance.between(0, spread));
  const isPopular = !isCalm && chance.happens(0.1);
  const who = chance.between(0, 9);
  const code = `${markOf(number)}5928`;
  const request = ownIdRequest({
    channel: route.channel,
    app: route.app,
    payload:
      route.channel === 'email'
        ? {
            email: `${isPopular ? `popular${who}+` : ''}${markOf(number)}@example.com`,
            subject: `Your code is ${code}`,
            body: `<p>Your code is ${code}</p>`,
          }
        : {
            phoneNumber: `+1415555${isPopular ? 1000 + who : 2000 + number}`,
            messageText: `Your code is ${code}`,
            code,
          },
    secret,
    now: deadline - TTL_MS,
  });
  return { ...route, number, postedAt, deadline, copies, retries: chance.between(0, 3), isPopular, request };
}
